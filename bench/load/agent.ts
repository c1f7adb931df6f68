/** An agent that is simulated down to what the server sees of one: signed, compressed submissions, one after the other. */

import { createPrivateKey, type KeyObject, randomBytes, randomUUID } from 'node:crypto';
import * as http from 'node:http';
import * as https from 'node:https';
import { createSecureContext, type SecureContext } from 'node:tls';
import { constants, zstdCompressSync } from 'node:zlib';
import { EventBatch, signRequest } from '@picket/proto';
import { SyntheticHost } from './host.ts';

export interface AgentIdentity {
  /** Endpoint id. */
  readonly id: string;
  readonly privateKey: KeyObject;
}

/** Where submissions go. */
export interface Receiver {
  /** `http[s]://host:port` */
  readonly url: string;
  /** The certificate (PEM) to trust for https. */
  readonly ca?: string;
}

export interface Answer {
  /** 0 where the connection broke before there was an answer: whether the submission was taken is not known. */
  readonly status: number;
  readonly text: string;
  /** Seconds to wait before the next try, where the server said so. */
  readonly retryAfter: number;
}

export interface Submission {
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer;
  readonly events: number;
}

/** Ed25519 private key from its 32 byte seed (RFC 8410 PKCS #8). */
export function keyFromSeed(seed: Uint8Array): KeyObject {
  const prefix = Buffer.from('302e020100300506032b657004220420', 'hex');
  return createPrivateKey({ key: Buffer.concat([prefix, seed]), format: 'der', type: 'pkcs8' });
}

const contexts = new Map<string | undefined, SecureContext>();

/** One for all agents: ten thousand would take more memory and time than what they are to measure. */
function trusting(ca: string | undefined): SecureContext {
  const context = contexts.get(ca) ?? createSecureContext(ca === undefined ? {} : { ca });
  contexts.set(ca, context);
  return context;
}

const broken = new Set(['ECONNRESET', 'EPIPE']);

export class SimulatedAgent {
  #identity: AgentIdentity;
  #host: SyntheticHost;
  #url: string;
  /** One connection, kept as a real agent keeps it. */
  #connection: http.Agent;

  constructor(identity: AgentIdentity, receiver: Receiver, seed: number) {
    this.#identity = identity;
    this.#url = receiver.url;
    const one = { keepAlive: true, maxSockets: 1 };
    this.#connection = receiver.url.startsWith('https:')
      ? new https.Agent({ ...one, secureContext: trusting(receiver.ca) })
      : new http.Agent(one);
    this.#host = new SyntheticHost({
      endpoint: identity.id,
      boot: randomUUID(),
      stream: randomBytes(8).toString('hex'),
      seed,
    });
  }

  /** The next submission, whole and signed now. */
  prepare(events: number): Submission {
    const { boot, stream } = this.#host.identity;
    const batch = this.#host.batch(events, Date.now() * 1000);
    const body = zstdCompressSync(EventBatch.encode(batch).finish(), {
      params: { [constants.ZSTD_c_compressionLevel]: 3 },
    });
    const headers = {
      'content-type': 'application/x-protobuf',
      'content-encoding': 'zstd',
      'content-length': String(body.length),
      'picket-boot': boot,
      'picket-stream': stream,
      'picket-sequence': String(batch.firstSequence),
    };
    return this.sign({ headers, body, events });
  }

  /** The same submission with a signature of this moment: one that was received before is refused as a replay. */
  sign({ headers, body, events }: Submission): Submission {
    const { id, privateKey } = this.#identity;
    const signer = { keyId: id, privateKey, created: Math.floor(Date.now() / 1000), nonce: randomUUID() };
    return {
      headers: { ...headers, ...signRequest({ method: 'POST', path: '/submit_logs', headers }, body, signer) },
      body,
      events,
    };
  }

  /** Sends it; resolves with the answer, whose status is 202 where it was taken. */
  send({ headers, body }: Submission): Promise<Answer> {
    const { request } = this.#url.startsWith('https:') ? https : http;
    const options = { method: 'POST', agent: this.#connection, headers };
    return new Promise((resolve, reject) => {
      const outgoing = request(`${this.#url}/submit_logs`, options, response => {
        let text = '';
        response.setEncoding('latin1');
        response.on('data', chunk => {
          text += chunk;
        });
        response.on('end', () => {
          resolve({ status: response.statusCode!, text, retryAfter: Number(response.headers['retry-after'] ?? 0) });
        });
      });
      outgoing.on('error', (error: NodeJS.ErrnoException) => {
        if (broken.has(error.code!)) resolve({ status: 0, text: error.message, retryAfter: 0 });
        else reject(error);
      });
      outgoing.end(body);
    });
  }

  close(): void {
    this.#connection.destroy();
  }
}
