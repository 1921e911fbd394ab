import type { Engine } from '../../engine/engine.js';

/** Under which key conversations carry their messages: the specification's, the one that shipped SDKs read, both. */
export type MessagesKey = 'messages' | 'recents' | 'both';

export interface WukongOptions {
  readonly engine: Engine;
  readonly messagesKey: MessagesKey;
}
