/** ClickHouse's HTTP interface over the embedded engine: as much of it as @clickhouse/client uses. */

import { createHash, randomUUID, timingSafeEqual } from 'node:crypto';
import { createWriteStream } from 'node:fs';
import { rm } from 'node:fs/promises';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { join } from 'node:path';
import { type Readable, Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { promisify } from 'node:util';
import { createGunzip, gzip } from 'node:zlib';
import type { Engine } from './engine.ts';
import { type Failure, refusal } from './failure.ts';
import { fromFile, parseStatement, takesData } from './statement.ts';

export interface FrontConfig {
  readonly user: string;
  readonly password: string;
  /** Bodies of inserts pass through files here. */
  readonly uploadFolder: string;
  readonly maxSqlBytes: number;
  /** Largest body of an insert, unpacked. */
  readonly maxDataBytes: number;
}

export function createFront(config: FrontConfig, engine: Engine): Server {
  return createServer((request, response) => {
    answer(config, engine, request, response).catch(error => fail(response, failureInFront(error)));
  });
}

async function answer(
  config: FrontConfig,
  engine: Engine,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const url = new URL(request.url ?? '/', 'http://127.0.0.1');
  const path = url.pathname.replace(/\/+$/, '') || '/';
  const queryId = url.searchParams.get('query_id') ?? randomUUID();
  response.setHeader('X-ClickHouse-Query-Id', queryId.replace(/[^\x20-\x7e]/g, '?'));
  if (path === '/ping') {
    if (!(await engine.answers()))
      return fail(response, refusal(425, 'SYSTEM_ERROR', 'The engine does not answer', 503));
    return void response.end('Ok.\n');
  }
  if (path !== '/') return fail(response, refusal(36, 'BAD_ARGUMENTS', `There is no handle ${path}`, 404));
  if (!allowed(config, request, url.searchParams)) {
    request.resume();
    return fail(
      response,
      refusal(
        516,
        'AUTHENTICATION_FAILED',
        'Authentication failed: password is incorrect, or there is no user with such name.',
      ),
    );
  }

  const given = url.searchParams.get('query') ?? '';
  const data = request.method === 'POST' && takesData(given);
  const sql = data ? given : `${given}${given && '\n'}${await text(request, config.maxSqlBytes)}`;
  const parsed = parseStatement({ search: url.searchParams, sql });
  if (!parsed.ok) {
    request.resume();
    return fail(response, parsed.failure);
  }
  // The client has closed the connection before its answer: nobody waits for the query any more.
  const gone = new AbortController();
  response.once('close', () => gone.abort());

  const { statement } = parsed;
  const outcome = data
    ? await withFile(config, request, file => engine.run('insert', { ...statement, sql: fromFile(sql, file) }))
    : await engine.run(/^\s*insert\b/i.test(sql) ? 'insert' : 'query', statement, gone.signal);
  if (!outcome.ok) return fail(response, outcome.failure);

  response.setHeader(
    'X-ClickHouse-Summary',
    JSON.stringify({
      read_rows: String(outcome.rowsRead),
      read_bytes: String(outcome.bytesRead),
      written_rows: '0',
      written_bytes: '0',
      total_rows_to_read: '0',
      result_rows: '0',
      result_bytes: String(outcome.bytes.length),
      elapsed_ns: String(outcome.elapsedMicros * 1000),
    }),
  );
  response.setHeader('Content-Type', 'text/plain; charset=UTF-8');
  const packed =
    url.searchParams.get('enable_http_compression') === '1' &&
    /\bgzip\b/.test(String(request.headers['accept-encoding'] ?? ''));
  if (packed) response.setHeader('Content-Encoding', 'gzip');
  response.end(packed ? await promisify(gzip)(outcome.bytes, { level: 1 }) : outcome.bytes);
}

function allowed(config: FrontConfig, request: IncomingMessage, search: URLSearchParams): boolean {
  const [scheme, token] = (request.headers.authorization ?? '').split(' ');
  const basic = scheme?.toLowerCase() === 'basic' && token ? Buffer.from(token, 'base64').toString() : undefined;
  const user = request.headers['x-clickhouse-user'] ?? basic?.slice(0, basic.indexOf(':')) ?? search.get('user') ?? '';
  const password =
    request.headers['x-clickhouse-key'] ?? basic?.slice(basic.indexOf(':') + 1) ?? search.get('password') ?? '';
  return timingSafeEqual(digest(`${config.user}\0${config.password}`), digest(`${user}\0${password}`));
}

const digest = (secret: string): Buffer => createHash('sha256').update(secret).digest();

function fail(response: ServerResponse, failure: Failure): void {
  if (response.headersSent || response.destroyed) return void response.destroy();
  response.writeHead(failure.status, {
    'Content-Type': 'text/plain; charset=UTF-8',
    'X-ClickHouse-Exception-Code': String(failure.code),
    // What is left of the body is not read: the connection can't carry another request.
    ...(failure.status === 413 && { Connection: 'close' }),
  });
  response.end(`${failure.text}\n`);
}

async function text(request: IncomingMessage, limit: number): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of unpacked(request, limit)) chunks.push(chunk);
  return Buffer.concat(chunks).toString();
}

async function withFile<T>(
  config: FrontConfig,
  request: IncomingMessage,
  use: (file: string) => Promise<T>,
): Promise<T> {
  const file = join(config.uploadFolder, randomUUID());
  try {
    await pipeline(unpacked(request, config.maxDataBytes), createWriteStream(file, { flags: 'wx', mode: 0o600 }));
    return await use(file);
  } finally {
    await rm(file, { force: true });
  }
}

/** What went wrong before the engine was asked. */
function failureInFront(error: unknown): Failure {
  if (error instanceof TooLarge) return error.failure;
  const { code = '', message } = error as NodeJS.ErrnoException;
  if (code.startsWith('Z_')) return refusal(354, 'ZLIB_INFLATE_FAILED', `The body is not gzip: ${message}`, 400);
  if (code === 'ENOSPC' || code === 'EDQUOT')
    return refusal(243, 'NOT_ENOUGH_SPACE', `No room for the body: ${message}`);
  return refusal(1002, 'UNKNOWN_EXCEPTION', message);
}

class TooLarge extends Error {
  readonly failure: Failure;
  constructor(limit: number) {
    super('too large');
    this.failure = refusal(307, 'TOO_MANY_BYTES', `The body is larger than ${limit} bytes`, 413);
  }
}

/** The body as it was before Content-Encoding, cut off with an error past `limit` bytes. */
function unpacked(request: IncomingMessage, limit: number): Readable {
  let size = 0;
  const bounded = new Transform({
    transform(chunk: Buffer, _encoding, done) {
      size += chunk.length;
      if (size > limit) done(new TooLarge(limit));
      else done(null, chunk);
    },
  });
  const stages = request.headers['content-encoding'] === 'gzip' ? [createGunzip(), bounded] : [bounded];
  // An error reaches the reader through the last stage.
  pipeline([request, ...stages]).catch(error => bounded.destroy(error));
  return bounded;
}
