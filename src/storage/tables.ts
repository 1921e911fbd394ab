/** What a column holds. Integers have all of their 64 bits, which JavaScript's numbers do not. */
export type Value = bigint | string | Uint8Array | null;

/** The values of the layout's columns, in their order. */
export type Row = readonly Value[];

/** The values of the layout's key, in its order. */
export type Key = readonly Value[];

export interface Column {
  readonly name: string;
  readonly kind: 'integer' | 'text' | 'bytes';
}

export interface Table {
  readonly name: string;
  /** The columns of the primary key, in its order. */
  readonly key: readonly string[];
}

/** A table as it is in a database. */
export interface Layout extends Table {
  /** By name: in files that have come through other migrations, the same columns may stand in another order. */
  readonly columns: readonly Column[];
}

/**
 * All but `migrations`, each after those that it refers to. The clocks come last: as long as they are not
 * there, no version can be given out.
 */
export const TABLES: readonly Table[] = [
  { name: 'communities', key: ['id'] },
  { name: 'users', key: ['community_id', 'id'] },
  { name: 'channels', key: ['community_id', 'id'] },
  { name: 'memberships', key: ['community_id', 'user_id', 'channel_id'] },
  { name: 'messages', key: ['community_id', 'channel_id', 'seq'] },
  { name: 'attachments', key: ['community_id', 'message_id', 'id'] },
  { name: 'polls', key: ['community_id', 'message_id'] },
  { name: 'poll_options', key: ['community_id', 'message_id', 'id'] },
  { name: 'poll_votes', key: ['community_id', 'message_id', 'user_id', 'option_id'] },
  { name: 'reactions', key: ['community_id', 'channel_id', 'message_id', 'user_id'] },
  { name: 'widgets', key: ['community_id', 'id'] },
  { name: 'clocks', key: ['community_id'] },
];

export interface ReadRows {
  /** Only those that come after this one. */
  readonly after: Key | undefined;
  readonly limit: number;
}

/** A database as tables of rows, whatever they mean. */
export interface TableReader extends AsyncDisposable {
  /** In the order of their names. */
  listColumns(table: string): Promise<readonly Column[]>;
  countRows(table: string): Promise<number>;
  /** In the order of the key; texts in it are compared byte by byte. */
  readRows(layout: Layout, query: ReadRows): Promise<readonly Row[]>;
}

/** Where a copy comes from. It is only read. */
export interface CopySource extends TableReader {
  /** Everything that is read from now on is one state: that of this moment. */
  takeSnapshot(): Promise<void>;
}

/** What a database remembers of a copy into it until that is finished. */
export interface UnfinishedCopy {
  /** Which database it is a copy of. */
  readonly source: string;
  /** What was in it when the copy was begun, as `fingerprintSource` says; '' of a copy that turned out to differ. */
  readonly fingerprint: string;
}

/** Where a copy goes to. Nobody else uses it meanwhile. */
export interface CopyTarget extends TableReader {
  findUnfinished(): Promise<UnfinishedCopy | undefined>;
  /** Removes all rows and remembers the copy, both or nothing. From then on no store opens the database. */
  begin(copy: UnfinishedCopy): Promise<void>;
  /** Of the last row; undefined when there is none. */
  findLastKey(layout: Layout): Promise<Key | undefined>;
  /** All of them or none. They may wait for `finish` to be on disk. */
  writeRows(layout: Layout, rows: readonly Row[]): Promise<void>;
  /** The copy turned out to differ: the next one begins anew. */
  markWrong(): Promise<void>;
  /** Forgets the copy: the database is a store now, and all of it is on disk. */
  finish(): Promise<void>;
}

/** The values of a row's key. */
export function keyOf({ key, columns }: Layout, row: Row): Key {
  return key.map((name) => row[columns.findIndex((column) => column.name === name)] ?? null);
}
