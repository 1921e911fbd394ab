import type * as fc from 'fast-check';
import { checkProperty } from './check-property.js';

/** As `checkProperty`, for tests that open a socket: those are another project of vitest. */
export async function checkHttpProperty<Values>(
  property: fc.IRawProperty<Values>,
  options: { readonly runs: number },
): Promise<void> {
  try {
    await checkProperty(property, options);
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    throw new Error(message.replace('--project unit', '--project full'), { cause: error });
  }
}
