/** A server of our own for tests: verifies and decodes each submission for real, answers as the test wants. */

import { createPrivateKey, createPublicKey, type KeyObject } from 'node:crypto';
import { EventEmitter, once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { zstdDecompressSync } from 'node:zlib';
import { EventBatch, readSignature, verifyRequest } from '@picket/proto';
import type { Report } from '../response/report.ts';

/** PKCS #8 around a seed of 32 equal bytes. */
export const testSeed = Buffer.alloc(32, 7);
const der = Buffer.concat([Buffer.from('302e020100300506032b657004220420', 'hex'), testSeed]);
export const testKey: KeyObject = createPrivateKey({ key: der, format: 'der', type: 'pkcs8' });
const publicKey = createPublicKey(testKey);

export interface Received {
  readonly batch: EventBatch;
  readonly stream: string;
  readonly nonce: string;
}

export interface Reply {
  readonly status: number;
  readonly headers?: Record<string, string>;
  readonly reason?: string;
}

export const accepted: Reply = { status: 202 };

export class Receiver extends EventEmitter<{ try: [Received, Reply]; accepted: [Received]; report: [Report] }> {
  readonly batches: Received[] = [];
  /** Every submission, also those that were not accepted. */
  readonly tries: Received[] = [];
  /** Handed to an agent that asks; submissions are answered with a hint while there are some. */
  commands: readonly string[] = [];
  readonly reports: Report[] = [];
  reply: (received: Received) => Reply | Promise<Reply> = () => accepted;
  readonly #server = createServer((request, response) => void this.#serve(request, response));

  /** Where it listened before, after a `close`; else on a free port. */
  async listen(before?: URL): Promise<URL> {
    this.#server.listen(Number(before?.port ?? 0), '127.0.0.1');
    await once(this.#server, 'listening');
    return new URL(`http://127.0.0.1:${(this.#server.address() as AddressInfo).port}/submit_logs`);
  }

  async close(): Promise<void> {
    this.#server.close().closeAllConnections();
    await once(this.#server, 'close');
  }

  get events(): number {
    return this.batches.reduce((sum, { batch }) => sum + batch.kinds.length, 0);
  }

  /** Resolves when so many events have been accepted. */
  async untilEvents(count: number): Promise<void> {
    while (this.events < count) await once(this, 'accepted');
  }

  async untilTries(count: number): Promise<void> {
    while (this.tries.length < count) await once(this, 'try');
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const body = Buffer.concat(await request.toArray());
    const claim = readSignature({ method: request.method!, path: request.url!, headers: request.headers });
    if (!claim.ok || !verifyRequest(claim, body, publicKey).ok) {
      response.writeHead(401).end(JSON.stringify({ reason: 'signature-invalid' }));
      return;
    }
    if (request.url === '/commands') {
      const report = JSON.parse(body.toString()) as Report;
      this.reports.push(report);
      response.writeHead(200, { 'content-type': 'application/json' });
      response.end(JSON.stringify({ commands: this.commands }));
      this.emit('report', report);
      return;
    }
    const batch = EventBatch.decode(zstdDecompressSync(body));
    const received = { batch, stream: String(request.headers['picket-stream']), nonce: claim.nonce };
    this.tries.push(received);
    const reply = await this.reply(received);
    if (reply.status === 202) this.batches.push(received);
    const hint = this.commands.length > 0 && { 'picket-commands': 'waiting' };
    response.writeHead(reply.status, { 'content-type': 'application/problem+json', ...hint, ...reply.headers });
    response.end(JSON.stringify({ reason: reply.reason ?? '' }));
    this.emit('try', received, reply);
    if (reply.status === 202) this.emit('accepted', received);
  }
}
