/**
 * The engine behind the front: npm chdb, one data folder, one process.
 *
 * What it makes up for:
 * - Settings and parameters stick to a connection, and mix up between two that run at once: each statement has a
 *   connection of its own (1 ms), opened with `SET …` in the same call.
 * - A running statement can't be interrupted through the library: it carries a comment with its id, and is ended
 *   by `KILL QUERY` from another connection.
 * - Each running statement holds a thread of libuv's pool: lanes bound how many do, so that a heap of slow searches
 *   keeps neither inserts nor kills waiting. UV_THREADPOOL_SIZE has to be more than the sum of the lanes.
 */

import { randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { drainPending, Session } from 'chdb';
import { type Failure, failureOf } from './failure.ts';
import { type Lane, lanes } from './lanes.ts';

export interface Statement {
  readonly sql: string;
  readonly database: string;
  /** Format of the answer where the SQL names none. */
  readonly format: string;
  readonly settings: Readonly<Record<string, string>>;
  /** Values in ClickHouse's escaped text form, as they come in `param_…`. */
  readonly parameters: Readonly<Record<string, string>>;
}

export type Outcome =
  | {
      readonly ok: true;
      readonly bytes: Uint8Array;
      readonly rowsRead: number;
      readonly bytesRead: number;
      readonly elapsedMicros: number;
    }
  | { readonly ok: false; readonly failure: Failure };

export class Engine {
  readonly #folder: string;
  readonly #connectionArgs: readonly string[];
  /** Keeps the engine loaded while no statement runs. */
  readonly #anchor: Session;
  readonly #gates: Record<Lane, Gate> = {
    query: new Gate(lanes.query),
    insert: new Gate(lanes.insert),
    control: new Gate(lanes.control),
  };
  readonly #running = new Set<string>();

  constructor(folder: string, configurationFile: string) {
    this.#folder = folder;
    this.#connectionArgs = [`--config-file=${configurationFile}`];
    this.#anchor = new Session(folder, { connectionArgs: this.#connectionArgs });
  }

  /** Runs one statement. `signal` ends a query that nobody waits for any more; an insert runs to its end. */
  async run(lane: Lane, statement: Statement, signal?: AbortSignal): Promise<Outcome> {
    const release = await this.#gates[lane].enter();
    try {
      if (signal?.aborted)
        return {
          ok: false,
          failure: failureOf('Code: 394. DB::Exception: Query was cancelled. (QUERY_WAS_CANCELLED)'),
        };
      return await this.#runNow(statement, lane === 'query' ? signal : undefined);
    } finally {
      release();
    }
  }

  /** Does the engine still do anything? */
  async answers(): Promise<boolean> {
    const statement = { sql: 'SELECT 1', database: 'default', format: 'Null', settings: {}, parameters: {} };
    return (await this.run('control', statement)).ok;
  }

  /** Ends what runs and closes the data folder. */
  async close(): Promise<void> {
    await Promise.all([...this.#running].map(id => this.#kill(id)));
    await drainPending();
    this.#anchor.close();
    await drainPending();
  }

  async #runNow(statement: Statement, signal: AbortSignal | undefined): Promise<Outcome> {
    const id = randomUUID();
    const session = new Session(this.#folder, { connectionArgs: this.#connectionArgs });
    const kill = () => void this.#kill(id);
    signal?.addEventListener('abort', kill, { once: true });
    this.#running.add(id);
    try {
      const result = await session.queryAsync(preamble(statement) + marked(id, statement.sql), {
        format: statement.format,
      });
      return {
        ok: true,
        bytes: result.bytes(),
        rowsRead: result.rowsRead,
        bytesRead: result.bytesRead,
        elapsedMicros: Math.round(result.elapsed * 1e6),
      };
    } catch (error) {
      return { ok: false, failure: failureOf(error instanceof Error ? error.message : String(error)) };
    } finally {
      this.#running.delete(id);
      signal?.removeEventListener('abort', kill);
      session.close();
    }
  }

  /** Ends a statement; tries again, as one that was only just handed over is not among the running ones yet. */
  async #kill(id: string): Promise<void> {
    // The id stands apart from the comment's brackets, so that this statement does not find itself.
    const sql = `KILL QUERY WHERE position(query, concat('/* ', '${id}')) = 1 ASYNC`;
    while (this.#running.has(id)) {
      await this.run('control', { sql, database: 'default', format: 'Null', settings: {}, parameters: {} });
      await delay(50);
    }
  }
}

function marked(id: string, sql: string): string {
  return `/* ${id} */ ${sql}`;
}

function preamble({ database, settings, parameters }: Statement): string {
  const assignments = [
    ...Object.entries(settings).map(([name, value]) => `${identifier(name)} = ${literal(value)}`),
    ...Object.entries(parameters).map(([name, value]) => `${identifier(`param_${name}`)} = ${literal(value)}`),
  ];
  const use = database === 'default' ? '' : `USE ${identifier(database)}; `;
  return use + (assignments.length === 0 ? '' : `SET ${assignments.join(', ')}; `);
}

/** Names go into SQL as they are: `isName` was asked before. */
function identifier(name: string): string {
  if (!isName(name)) throw new Error(`not a name: ${JSON.stringify(name)}`);
  return name;
}

export const isName = (text: string): boolean => /^[A-Za-z_][A-Za-z0-9_]{0,127}$/.test(text);

export function literal(text: string): string {
  return `'${text.replaceAll('\\', '\\\\').replaceAll("'", "\\'")}'`;
}

/** Lets so many in at a time; the others wait in order. */
class Gate {
  #free: number;
  readonly #waiting: (() => void)[] = [];

  constructor(places: number) {
    this.#free = places;
  }

  async enter(): Promise<() => void> {
    if (this.#free > 0) this.#free--;
    else await new Promise<void>(resolve => this.#waiting.push(resolve));
    return () => {
      const next = this.#waiting.shift();
      if (next) next();
      else this.#free++;
    };
  }
}
