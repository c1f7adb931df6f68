/** Signed requests over HTTP, a submission or a question for commands: what goes out, what comes back. */

import { type KeyObject, randomBytes } from 'node:crypto';
import { lookup } from 'node:dns';
import { Agent as HttpAgent, request as httpRequest, type IncomingMessage } from 'node:http';
import { Agent as HttpsAgent, request as httpsRequest } from 'node:https';
import { isIP, type LookupFunction } from 'node:net';
import { signRequest } from '@picket/proto';
import type { Numbering } from '../spool/record.ts';
import { tlsTrouble } from './tls-trouble.ts';
import type { Answer } from './verdict.ts';

export interface TransportOptions {
  readonly api: URL;
  /** Endpoint id. */
  readonly id: string;
  readonly key: KeyObject;
  /** Certificates (PEM) of the authorities to trust; nobody else is trusted then, the system's not either. */
  readonly ca?: string | undefined;
  /** The wall clock, milliseconds since the epoch. */
  readonly now?: () => number;
  /** A try that takes longer is given up, milliseconds. */
  readonly timeoutMillis?: number;
  /** A connection that is not used is kept, for the next request; default true. */
  readonly keepAlive?: boolean;
  /** The server's addresses, where its name is not to be looked up: an isolated host cannot ask. */
  readonly addresses?: () => readonly string[] | undefined;
  /** Called when the server says that commands wait. */
  readonly commandsWait?: () => void;
}

/** Answers are small; what follows is not read. Commands are more. */

const largestAnswer = 16 * 1024;
const largestHandOver = 256 * 1024;

export class Transport {
  readonly #options: TransportOptions;
  readonly #agent: HttpAgent;

  constructor(options: TransportOptions) {
    this.#options = options;
    const { keepAlive = true, addresses } = options;
    const reuse = { keepAlive, maxSockets: 1, timeout: 60_000, ...(addresses && { lookup: knownOr(addresses) }) };
    this.#agent =
      options.api.protocol === 'https:' ? new HttpsAgent({ ...reuse, ca: options.ca }) : new HttpAgent(reuse);
  }

  /** Sends one zstd-compressed batch. Rejects with the system's error when no answer came (with what to do where it is about TLS), or with `AbortError`. */
  async submit(batch: Numbering, body: Uint8Array, signal: AbortSignal): Promise<Answer> {
    const { api, commandsWait } = this.#options;
    const headers = this.#signed(api.pathname, body, {
      'content-type': 'application/x-protobuf',
      'content-encoding': 'zstd',
      ...numbered(batch),
    });
    const response = await this.#post(api, headers, body, signal, largestAnswer);
    if (response.commands) commandsWait?.();
    const { reason, detail } = problem(response.text);
    return { status: response.status, retryAfter: response.retryAfter, reason, detail };
  }

  /**
   * Tells the server a report (JSON) and gives the signed commands that wait. Rejects as `submit` does, and where the server answers
   * with anything but commands.
   */
  async exchange(report: string, boot: string, signal: AbortSignal): Promise<readonly string[]> {
    const url = new URL(this.#options.api.pathname.replace(/submit_logs$/, 'commands'), this.#options.api);
    const body = Buffer.from(report);
    const headers = this.#signed(url.pathname, body, {
      'content-type': 'application/json',
      'content-encoding': 'identity',
      ...numbered({ boot, stream: '0'.repeat(16), firstSequence: 0 }),
    });
    const { status, text } = await this.#post(url, headers, body, signal, largestHandOver);
    if (status !== 200) {
      const { reason, detail } = problem(text);
      throw new Error(`status ${status}${reason && `, ${reason}`}${detail && `: ${detail}`}`);
    }
    return commandsIn(text);
  }

  close(): void {
    this.#agent.destroy();
  }

  #explained(error: Error): Error {
    const { api, ca } = this.#options;
    const why = tlsTrouble(error, { api, pinned: ca !== undefined });
    return why === undefined ? error : new Error(why, { cause: error });
  }

  async #post(
    url: URL,
    headers: Record<string, string>,
    body: Uint8Array,
    signal: AbortSignal,
    largest: number,
  ): Promise<Response> {
    const { timeoutMillis = 30_000 } = this.#options;
    const { promise, resolve, reject } = Promise.withResolvers<IncomingMessage>();
    const send = url.protocol === 'https:' ? httpsRequest : httpRequest;
    const request = send(url, { method: 'POST', agent: this.#agent, headers, signal })
      .on('response', resolve)
      .on('error', error => reject(this.#explained(error)));
    const deadline = setTimeout(() => request.destroy(new Error(`no answer in ${timeoutMillis} ms`)), timeoutMillis);
    try {
      request.end(body);
      return await readResponse(await promise, largest);
    } finally {
      clearTimeout(deadline);
    }
  }

  #signed(path: string, body: Uint8Array, headers: Record<string, string>): Record<string, string> {
    const { id, key, now = Date.now } = this.#options;
    const signed = signRequest({ method: 'POST', path, headers }, body, {
      keyId: id,
      privateKey: key,
      created: Math.floor(now() / 1000),
      nonce: randomBytes(16).toString('base64url'),
    });
    return { ...headers, ...signed, 'content-length': String(body.length) };
  }
}

const numbered = ({ boot, stream, firstSequence }: Omit<Numbering, 'events'>) => ({
  'picket-boot': uuidText(boot),
  'picket-stream': stream,
  'picket-sequence': String(firstSequence),
});

interface Response {
  readonly status: number;
  readonly retryAfter: string | undefined;
  /** The server says that commands wait. */
  readonly commands: boolean;
  readonly text: string;
}

async function readResponse(response: IncomingMessage, largest: number): Promise<Response> {
  let text = '';
  response.setEncoding('utf8');
  for await (const chunk of response) {
    text += chunk;
    if (text.length > largest) break;
  }
  const { 'retry-after': retryAfter, 'picket-commands': commands } = response.headers;
  return { status: response.statusCode ?? 0, retryAfter, commands: commands !== undefined, text };
}

function commandsIn(text: string): readonly string[] {
  const { commands } = JSON.parse(text) as { commands?: unknown };
  if (!Array.isArray(commands) || !commands.every(line => typeof line === 'string'))
    throw new Error('the server answered with no list of commands');
  return commands;
}

/** Gives what is known of the server's name without asking anybody, where it is known. */
const knownOr =
  (addresses: () => readonly string[] | undefined): LookupFunction =>
  (hostname, options, callback) => {
    const known = addresses()?.map(address => ({ address, family: isIP(address) })) ?? [];
    const [first] = known;
    if (first === undefined) lookup(hostname, options, callback);
    else if (options.all) callback(null, known);
    else callback(null, first.address, first.family);
  };

function problem(text: string): { reason: string; detail: string } {
  try {
    const { reason, detail } = JSON.parse(text) as { reason?: unknown; detail?: unknown };
    return { reason: shortText(reason, 40), detail: shortText(detail, 300) };
  } catch {
    return { reason: '', detail: '' };
  }
}

const shortText = (value: unknown, length: number) => (typeof value === 'string' ? value.slice(0, length) : '');

/** 32 hex digits as a UUID. */
export const uuidText = (hex: string): string => hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');
