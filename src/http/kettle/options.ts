import type { Engine } from '../../engine/engine.js';
import type { Tokens } from './tokens.js';

export interface KettleSettings {
  /** How far below a client's `min_timestamp` to look, for clients whose clocks are ahead. */
  readonly overlapSeconds: number;
  readonly accessTokenMinutes: number;
  readonly refreshTokenDays: number;
}

export interface KettleOptions {
  readonly engine: Engine;
  readonly tokens: Tokens;
  readonly overlapSeconds: number;
}
