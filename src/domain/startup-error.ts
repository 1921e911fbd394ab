/**
 * Why the program cannot start or cannot do what the command line asks. Its message is for whoever runs
 * it, and says what to do; it is shown without a stack.
 */
export class StartupError extends Error {
  override readonly name: string = 'StartupError';
}
