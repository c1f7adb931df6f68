/** The event store: every event once, in time order of an endpoint, for search. Adapter: ClickHouse over HTTP. */

import type { z } from 'zod';

/** A query is a value: a name for logs and metrics, SQL with typed parameters (`{name:Type}`), a schema for parameters and one for each row. */
export interface Query<Parameters extends z.ZodType, Row extends z.ZodType> {
  readonly name: string;
  readonly sql: string;
  readonly parameters: Parameters;
  readonly row: Row;
}

/** What one query may take before the store ends it. */
export interface QueryLimits {
  readonly seconds: number;
  readonly memoryBytes: number;
  /** Of the answer, as the store holds it: unpacked, before it is JSON. */
  readonly resultBytes: number;
}

/** One search must not take the store from those who write. */
export const queryLimits: QueryLimits = { seconds: 60, memoryBytes: 400_000_000, resultBytes: 128_000_000 };

/** After the bus lost messages, the archive reads how far the events of its streams are stored: of a large store for minutes, once. */
export const archiveQueryLimits: QueryLimits = { ...queryLimits, seconds: 3_600 };

export interface EventStore {
  /**
   * Inserts one block of rows in ClickHouse's Native format, which holds `columns`; others take their defaults. The same
   * token is inserted once, however often it is tried. Resolves when the store holds it; rejects with
   * `EventStoreUnavailable` where a later try may succeed, with another error where the block itself is refused.
   */
  insert(table: string, columns: readonly string[], native: Uint8Array, token: string): Promise<void>;
  /**
   * Reads, and can do nothing else. One that takes more than `QueryLimits` allows, or that `signal` gives up, is ended in the
   * store. Rejects with `EventStoreUnavailable` also where it took too long or too much memory, with another error where its
   * answer is too large.
   */
  query<P extends z.ZodType, R extends z.ZodType>(
    query: Query<P, R>,
    parameters: z.input<P>,
    signal?: AbortSignal,
  ): Promise<z.output<R>[]>;
  ping(): Promise<boolean>;
  close(): Promise<void>;
}

/** Waiting may help: the store is down, busy, or its disk is full. */
export class EventStoreUnavailable extends Error {
  override readonly name = 'EventStoreUnavailable';
  readonly reason: 'down' | 'busy' | 'disk-full';

  constructor(reason: 'down' | 'busy' | 'disk-full', message: string, options?: ErrorOptions) {
    super(message, options);
    this.reason = reason;
  }
}
