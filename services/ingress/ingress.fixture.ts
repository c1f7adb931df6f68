/** For tests: an endpoint with a real key that makes signed submissions, and a real ingress over a real bus to take them. */

import { createPublicKey, generateKeyPairSync, type KeyObject, randomBytes, randomUUID } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { request as httpRequest } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { zstdCompressSync } from 'node:zlib';
import { EventBatch, type EventBatchFields, EventKind, signRequest } from '@picket/proto';
import pino from 'pino';
import { Registry } from 'prom-client';
import { plainDecoder } from '../adapters/decoder/decoder.ts';
import { LogBus, type LogBusConfig } from '../adapters/log-bus/log-bus.ts';
import { StaticDirectory } from '../adapters/static-directory.ts';
import { type EndpointId, type Micros, micros } from '../domain/events/ids.ts';
import type { Delivery } from '../ports/bus.ts';
import type { EndpointKey } from '../ports/endpoint-directory.ts';
import { defaultLimits, type IngressLimits } from './config.ts';
import { type Ingress, runIngress } from './run.ts';

export interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly text: string;
  /** Member `reason` of a problem document, or `status` of an acceptance. */
  readonly says: string;
}

export interface SignedSubmission {
  headers: Record<string, string>;
  body: Buffer;
}

export class TestEndpoint {
  readonly id: EndpointId;
  readonly boot = randomUUID();
  readonly stream = randomBytes(8).toString('hex');
  readonly publicKey: KeyObject;
  readonly privateKey: KeyObject;

  constructor(id = randomUUID() as EndpointId, privateKey: KeyObject = generateKeyPairSync('ed25519').privateKey) {
    this.id = id;
    this.publicKey = createPublicKey(privateKey);
    this.privateKey = privateKey;
  }

  /** A batch of `events` file opens from sequence number `first` on; `fields` replaces what a test wants different. */
  batch(first: number, events = 3, fields: EventBatchFields = {}): EventBatchFields {
    const each = <T>(value: T) => new Array<T>(events).fill(value);
    return {
      endpointId: this.id,
      bootId: Buffer.from(this.boot.replaceAll('-', ''), 'hex'),
      streamId: Buffer.from(this.stream, 'hex'),
      firstSequence: first,
      agentVersion: '0.1.0',
      strings: ['', '/usr/bin/cat', '/etc/hosts'].map(text => Buffer.from(text)),
      processes: { pid: [42], startTicks: [1000], parent: [0], exe: [1] },
      kinds: each<number>(EventKind.FILE_OPEN),
      times: each(1).map((step, event) => (event === 0 ? 1_763_000_000_000_000 : step)),
      process: each(1),
      count: each(1),
      files: { path: each(2) },
      ...fields,
    };
  }

  /** The signed request for a batch, or for bytes that are none. */
  submission(content: EventBatchFields | Buffer, now: Micros, change: Record<string, string> = {}): SignedSubmission {
    const bytes = Buffer.isBuffer(content) ? content : Buffer.from(EventBatch.encode(content).finish());
    const plain = change['content-encoding'] !== undefined;
    return this.sign(plain ? bytes : zstdCompressSync(bytes), now, {
      'picket-sequence': Buffer.isBuffer(content) ? '0' : String(content.firstSequence),
      ...change,
    });
  }

  /** Signs a body as it is: it says zstd unless `change` says otherwise. */
  sign(body: Buffer, now: Micros, change: Record<string, string> = {}, path = '/submit_logs'): SignedSubmission {
    const headers: Record<string, string> = {
      'content-type': 'application/x-protobuf',
      'content-encoding': 'zstd',
      'picket-boot': this.boot,
      'picket-stream': this.stream,
      'picket-sequence': '0',
      ...change,
    };
    const signer = { keyId: this.id, privateKey: this.privateKey, created: Math.floor(now / 1e6), nonce: randomUUID() };
    const signature = signRequest({ method: 'POST', path, headers }, body, signer);
    return { headers: { ...headers, ...signature }, body };
  }
}

export interface Bed {
  readonly ingress: Ingress;
  readonly bus: LogBus;
  readonly endpoint: TestEndpoint;
  readonly directory: StaticDirectory;
  readonly keys: Map<EndpointId, EndpointKey>;
  /** Now, as the ingress sees it; a test sets it. */
  clock: { now: Micros };
  post(submission: SignedSubmission): Promise<Answer>;
  /** A question for commands, signed by the endpoint unless `headers` say otherwise. */
  ask(report: unknown, change?: Record<string, string>): Promise<Answer>;
  get(path: string): Promise<Answer>;
  /** Ends the ingress and starts another one over the same bus and files. */
  restart(): Promise<void>;
}

export interface BedOptions {
  readonly limits?: Partial<IngressLimits>;
  readonly bus?: Partial<LogBusConfig>;
}

/** Runs `test` against an ingress on a free port with one endpoint; leaves nothing behind. */
export async function withIngress(options: BedOptions, test: (bed: Bed) => Promise<void>): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'picket-ingress-'));
  const logger = pino({ level: 'silent' });
  const endpoint = new TestEndpoint();
  const keys = new Map<EndpointId, EndpointKey>([[endpoint.id, { publicKey: endpoint.publicKey, revoked: false }]]);
  const directory = new StaticDirectory(keys);
  const bus = await LogBus.open({ folder: join(folder, 'bus'), groups: {}, reserveBytes: 0, ...options.bus }, logger);
  const clock = { now: micros(1_763_000_000_000_000) };
  const start = () =>
    runIngress(
      {
        host: '127.0.0.1',
        port: 0,
        watermarkFile: join(folder, 'watermarks.json'),
        limits: { ...defaultLimits, ...options.limits },
      },
      { bus, decoder: plainDecoder(), directory, logger, registry: new Registry(), now: () => clock.now },
    );
  let ingress = await start();
  try {
    await test({
      get ingress() {
        return ingress;
      },
      bus,
      endpoint,
      directory,
      keys,
      clock,
      post: submission => send(ingress.port, 'POST', '/submit_logs', submission.headers, submission.body),
      ask: (report, change = {}) => {
        const plain = { 'content-type': 'application/json', 'content-encoding': 'identity', ...change };
        const text = typeof report === 'string' ? report : JSON.stringify(report);
        const { headers, body } = endpoint.sign(Buffer.from(text), clock.now, plain, '/commands');
        return send(ingress.port, 'POST', '/commands', headers, body);
      },
      get: path => send(ingress.port, 'GET', path, {}, undefined),
      restart: async () => {
        await ingress.close();
        ingress = await start();
      },
    });
  } finally {
    await ingress.close();
    await bus.close();
    await rm(folder, { recursive: true });
  }
}

/** One request on a connection of its own. */
export function send(
  port: number,
  method: string,
  path: string,
  headers: Record<string, string>,
  body: Buffer | undefined,
): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const length = body ? { 'content-length': String(body.length) } : {};
    const request = httpRequest(
      { host: '127.0.0.1', port, method, path, agent: false, headers: { ...headers, ...length } },
      response => {
        let text = '';
        response.setEncoding('utf8');
        response.on('data', chunk => {
          text += chunk;
        });
        response.on('end', () => {
          const json = (response.headers['content-type'] ?? '').includes('json') ? JSON.parse(text) : {};
          resolve({ status: response.statusCode!, headers: response.headers, text, says: json.reason ?? json.status });
        });
      },
    );
    request.on('error', reject);
    request.end(body);
  });
}

/** What a topic holds now. */
export async function held(bus: LogBus, topic: 'events' | 'dead-letter'): Promise<Delivery[]> {
  const { messages } = (await bus.stats()).topics[topic]!;
  const seen: Delivery[] = [];
  if (messages === 0) return seen;
  const all = Promise.withResolvers<void>();
  const consumer = await bus.subscribe({
    topic,
    group: `test-${randomBytes(4).toString('hex')}`,
    maxBytes: 1 << 20,
    handle: async deliveries => {
      for (const delivery of deliveries) seen.push({ ...delivery, value: Uint8Array.from(delivery.value) });
      if (seen.length >= messages) all.resolve();
    },
  });
  await all.promise;
  await consumer.close();
  return seen;
}
