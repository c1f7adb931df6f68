/** An agent that is simulated down to what the server sees of one: signed, compressed submissions, one after the other. */

import { createPrivateKey, type KeyObject, randomBytes, randomUUID } from 'node:crypto';
import { constants, zstdCompressSync } from 'node:zlib';
import { EventBatch, signRequest } from '@picket/proto';
import { type Answer, Connection, type Receiver } from './connection.ts';
import { SyntheticHost } from './host.ts';

export interface AgentIdentity {
  /** Endpoint id. */
  readonly id: string;
  readonly privateKey: KeyObject;
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

export class SimulatedAgent {
  #identity: AgentIdentity;
  #host: SyntheticHost;
  /** Kept, as a real agent keeps it. */
  #connection: Connection;

  constructor(identity: AgentIdentity, receiver: Receiver, seed: number) {
    this.#identity = identity;
    this.#connection = new Connection(receiver);
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
    return this.#connection.post('/submit_logs', headers, body);
  }

  close(): void {
    this.#connection.close();
  }
}
