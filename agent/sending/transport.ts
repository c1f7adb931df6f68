/** One signed submission over HTTP: what goes out, what comes back. */

import { type KeyObject, randomBytes } from 'node:crypto';
import { Agent as HttpAgent, request as httpRequest, type IncomingMessage } from 'node:http';
import { Agent as HttpsAgent, request as httpsRequest } from 'node:https';
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
}

/** Answers are small; what follows is not read. */
const largestAnswer = 16 * 1024;

export class Transport {
  readonly #options: TransportOptions;
  readonly #agent: HttpAgent;

  constructor(options: TransportOptions) {
    this.#options = options;
    const reuse = { keepAlive: true, maxSockets: 1, timeout: 60_000 };
    this.#agent =
      options.api.protocol === 'https:' ? new HttpsAgent({ ...reuse, ca: options.ca }) : new HttpAgent(reuse);
  }

  /** Sends one zstd-compressed batch. Rejects with the system's error when no answer came (with what to do where it is about TLS), or with `AbortError`. */
  async submit(batch: Numbering, body: Uint8Array, signal: AbortSignal): Promise<Answer> {
    const { api, timeoutMillis = 30_000 } = this.#options;
    const { promise, resolve, reject } = Promise.withResolvers<IncomingMessage>();
    const send = api.protocol === 'https:' ? httpsRequest : httpRequest;
    const options = { method: 'POST', agent: this.#agent, headers: this.#headers(batch, body), signal };
    const request = send(api, options)
      .on('response', resolve)
      .on('error', error => reject(this.#explained(error)));
    const deadline = setTimeout(() => request.destroy(new Error(`no answer in ${timeoutMillis} ms`)), timeoutMillis);
    try {
      request.end(body);
      return await readAnswer(await promise);
    } finally {
      clearTimeout(deadline);
    }
  }

  close(): void {
    this.#agent.destroy();
  }

  #explained(error: Error): Error {
    const { api, ca } = this.#options;
    const why = tlsTrouble(error, { api, pinned: ca !== undefined });
    return why === undefined ? error : new Error(why, { cause: error });
  }

  #headers(batch: Numbering, body: Uint8Array): Record<string, string> {
    const { api, id, key, now = Date.now } = this.#options;
    const headers = {
      'content-type': 'application/x-protobuf',
      'content-encoding': 'zstd',
      'picket-boot': uuidText(batch.boot),
      'picket-stream': batch.stream,
      'picket-sequence': String(batch.firstSequence),
    };
    const signed = signRequest({ method: 'POST', path: api.pathname, headers }, body, {
      keyId: id,
      privateKey: key,
      created: Math.floor(now() / 1000),
      nonce: randomBytes(16).toString('base64url'),
    });
    return { ...headers, ...signed, 'content-length': String(body.length) };
  }
}

async function readAnswer(response: IncomingMessage): Promise<Answer> {
  let text = '';
  response.setEncoding('utf8');
  for await (const chunk of response) {
    text += chunk;
    if (text.length > largestAnswer) break;
  }
  const { reason, detail } = problem(text);
  return { status: response.statusCode ?? 0, retryAfter: response.headers['retry-after'], reason, detail };
}

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
