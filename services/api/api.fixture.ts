/** A whole API for tests: the real engines in a folder of their own, the real stores, users of each role logged in. */

import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import pino from 'pino';
import { openEventStore } from '../adapters/clickhouse/event-store.ts';
import { openControlStore } from '../adapters/control-store/control-store.ts';
import { controlMigrations, eventMigrations, migrateClickHouse, migratePostgres } from '../adapters/migrations.ts';
import { type Micros, micros } from '../domain/events/ids.ts';
import { startEngines } from '../engines/start.ts';
import type { Role, User } from '../ports/accounts.ts';
import type { ControlStore } from '../ports/control-store.ts';
import type { EventStore } from '../ports/event-store.ts';
import type { ApiConfig } from './config.ts';
import { gate } from './passwords/gate.ts';
import { passwordHasher } from './passwords/hash.ts';
import { commandKeyOf } from './response/command-key.ts';
import { type RunningApi, runApi } from './run.ts';

/** Of every API here. */
export const commandKey = commandKeyOf(Buffer.alloc(32, 9).toString('base64url'));

export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  // biome-ignore lint/suspicious/noExplicitAny: tests look into answers of every shape
  readonly body: any;
}

export interface TestApi {
  readonly api: RunningApi;
  readonly control: ControlStore;
  readonly events: EventStore;
  readonly postgresUrl: string;
  readonly clickhouse: { readonly url: string; readonly user: string; readonly password: string };
  readonly sql: pg.Client;
  /** Moves the API's clock. */
  advance(seconds: number): void;
  now(): Micros;
  /** Asks below /api/v1; `as` is a bearer token. */
  ask(method: string, path: string, as?: string, body?: unknown): Promise<Answer>;
  /** A new user and a session. */
  login(role: Role): Promise<{ readonly user: User; readonly password: string; readonly token: string }>;
  stream(path: string, as: string): Promise<LiveReader>;
  close(): Promise<void>;
}

export async function startTestApi(config: Partial<ApiConfig> = {}): Promise<TestApi> {
  const log = pino({ level: 'silent' });
  const folder = await mkdtemp(join(tmpdir(), 'picket-api-'));
  await chmod(folder, 0o711);
  const engines = await startEngines({ dataFolder: folder, log });
  const clickhouse = { ...engines.clickhouse, database: 'picket' };
  await Promise.all([
    migratePostgres(engines.postgresUrl, controlMigrations(), log),
    migrateClickHouse(clickhouse, eventMigrations(), log),
  ]);
  const control = openControlStore({ url: engines.postgresUrl });
  const events = openEventStore(clickhouse);
  const sql = new pg.Client({ connectionString: engines.postgresUrl });
  await sql.connect();
  await control.changes.ready();
  let ahead = 0;
  const now = () => micros(Date.now() * 1000 + ahead);
  const api = await runApi(
    { host: '127.0.0.1', port: 0, ingressPort: 5001, commandKey, requestsPerMinute: 1_000_000, ...config },
    { controlStore: control, eventStore: events, log, now },
  );
  const password = 'correct horse battery';
  const passwordHash = await passwordHasher(gate(1, 0)).hash(password);
  let made = 0;

  async function ask(method: string, path: string, as?: string, body?: unknown): Promise<Answer> {
    const answer = await fetch(`${api.url}/api/v1${path}`, {
      method,
      headers: {
        ...(as === undefined ? {} : { authorization: `Bearer ${as}` }),
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      },
      ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
    });
    const text = await answer.text();
    return { status: answer.status, headers: answer.headers, body: text === '' ? undefined : JSON.parse(text) };
  }

  return {
    api,
    control,
    events,
    postgresUrl: engines.postgresUrl,
    clickhouse,
    sql,
    now,
    advance(seconds) {
      ahead += seconds * 1_000_000;
    },
    ask,
    async login(role) {
      const email = `${role}-${++made}@example.org`;
      const user = await control.users.create(
        { email, name: `${role} ${made}`, role, passwordHash, mustChangePassword: false },
        'system',
      );
      const { body } = await ask('POST', '/login', undefined, { email, password });
      return { user: user as User, password, token: body.token };
    },
    async stream(path, as) {
      const leave = new AbortController();
      const answer = await fetch(`${api.url}/api/v1${path}`, {
        headers: { authorization: `Bearer ${as}` },
        signal: leave.signal,
      });
      if (answer.status !== 200) throw new Error(`${path} answered ${answer.status}: ${await answer.text()}`);
      return new LiveReader(answer, () => leave.abort());
    },
    async close() {
      await api.close();
      await sql.end();
      await control.close();
      await events.close();
      await engines.close();
      await rm(folder, { recursive: true });
    },
  };
}

/** Reads server-sent events one by one. */
export class LiveReader {
  readonly #text: AsyncIterator<string>;
  readonly #leave: () => void;
  #rest = '';

  constructor(answer: Response, leave: () => void) {
    this.#text = answer.body!.pipeThrough(new TextDecoderStream())[Symbol.asyncIterator]();
    this.#leave = leave;
  }

  /** The next event, comments left out; `undefined` at the end of the stream. */
  // biome-ignore lint/suspicious/noExplicitAny: tests look into data of every shape
  async next(): Promise<{ readonly event: string; readonly data: any } | undefined> {
    for (;;) {
      const end = this.#rest.indexOf('\n\n');
      if (end < 0) {
        const { value, done } = await this.#text.next();
        if (done) return undefined;
        this.#rest += value;
        continue;
      }
      const block = this.#rest.slice(0, end);
      this.#rest = this.#rest.slice(end + 2);
      const match = /^event: (\S+)\ndata: (.*)$/s.exec(block);
      if (match) return { event: match[1]!, data: JSON.parse(match[2]!) };
    }
  }

  leave(): void {
    this.#leave();
  }
}
