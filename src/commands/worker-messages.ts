import type { Change } from '../ports/change.js';

/** What a worker tells the process that started it. */
export type FromWorker =
  | { readonly kind: 'serving'; readonly url: string }
  | { readonly kind: 'failed'; readonly reason: string }
  | { readonly kind: 'change'; readonly change: Change };

/** What it is told. */
export type ToWorker = { readonly kind: 'stop' } | { readonly kind: 'change'; readonly change: Change };
