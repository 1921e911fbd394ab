/** Names a file that moves the server's clock; a test writes it while the server runs. No setting of a server in use. */
export function findTestClockFile(
  env: Readonly<Record<string, string | undefined>> = process.env,
): string | undefined {
  return env['TIDEMARK_TEST_CLOCK_FILE'];
}
