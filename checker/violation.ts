/** The columns of the table in which losses are counted. */
export type LossColumn =
  | 'lost'
  | 'acked but missing'
  | 'divergent'
  | 'duplicates'
  | 'stuck replicas'
  | 'broken rules';

/** What the laws are called in messages and tests. */
export type Law =
  | 'answered'
  | 'grid'
  | 'above cursor'
  | 'never falling'
  | 'one version, one state'
  | 'order'
  | 'portion'
  | 'complete up to'
  | 'reset'
  | 'own conversations'
  | 'visible'
  | 'log'
  | 'gap'
  | 'first answer'
  | 'audit'
  | 'page'
  | 'quiet'
  | 'dump';

const COLUMNS: Readonly<Record<Law, LossColumn>> = {
  answered: 'broken rules',
  grid: 'broken rules',
  'above cursor': 'duplicates',
  'never falling': 'divergent',
  'one version, one state': 'divergent',
  order: 'broken rules',
  portion: 'broken rules',
  'complete up to': 'broken rules',
  reset: 'broken rules',
  'own conversations': 'divergent',
  visible: 'lost',
  log: 'divergent',
  gap: 'lost',
  'first answer': 'duplicates',
  audit: 'divergent',
  page: 'lost',
  quiet: 'stuck replicas',
  dump: 'acked but missing',
};

export interface ViolationDetails {
  readonly law: Law;
  /** Which client found it. */
  readonly who: string;
  /** One sentence: what was seen and what should have been. */
  readonly what: string;
  readonly request?: unknown;
  readonly reply?: unknown;
}

/** The server broke its promise. Ends the run. */
export class Violation extends Error {
  override readonly name = 'Violation';
  readonly details: ViolationDetails;

  constructor(details: ViolationDetails) {
    super(`${details.who}: ${details.what} (law: ${details.law})`);
    this.details = details;
  }

  get column(): LossColumn {
    return COLUMNS[this.details.law];
  }
}
