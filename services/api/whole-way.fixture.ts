/** For tests: the whole way of a submission: an endpoint of the API, ingress, bus, archive and analysis, stores, API. */

import assert from 'node:assert/strict';
import { createPrivateKey } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import pino from 'pino';
import { Registry } from 'prom-client';
import { postgresAnalysisStore } from '../adapters/analysis-store/postgres.ts';
import { openEndpointDirectory } from '../adapters/control-store/endpoint-directory.ts';
import { plainDecoder } from '../adapters/decoder/decoder.ts';
import { LogBus } from '../adapters/log-bus/log-bus.ts';
import { runAnalysis } from '../analysis/run.ts';
import { runArchive } from '../archive/run.ts';
import type { EndpointId } from '../domain/events/ids.ts';
import { defaultLimits } from '../ingress/config.ts';
import { type Answer, type SignedSubmission, send, TestEndpoint } from '../ingress/ingress.fixture.ts';
import { runIngress } from '../ingress/run.ts';
import { startTestApi, type TestApi } from './api.fixture.ts';

// biome-ignore lint/suspicious/noExplicitAny: tests look into bodies of every shape
type Body = any;

export interface WholeWay {
  readonly picket: TestApi;
  /** Of an admin. */
  readonly token: string;
  addEndpoint(name: string): Promise<TestEndpoint>;
  submit(submission: SignedSubmission): Promise<Answer>;
  /** What ingress says of itself. */
  metrics(): Promise<string>;
  find(query: Record<string, string>): Promise<Body[]>;
  /** The events that the query finds, when there are so many; oldest first. */
  stored(query: Record<string, string>, count: number): Promise<Body[]>;
  close(): Promise<void>;
}

export async function startWholeWay(): Promise<WholeWay> {
  const log = pino({ level: 'silent' });
  const running = new AsyncDisposableStack();
  const picket = await startTestApi();
  running.defer(() => picket.close());
  const { token } = await picket.login('admin');
  const folder = await mkdtemp(join(tmpdir(), 'picket-submission-'));
  running.defer(() => rm(folder, { recursive: true }));
  const groups = { events: ['archive', 'analysis'] };
  const bus = await LogBus.open({ folder, groups, reserveBytes: 0 }, log);
  running.defer(() => bus.close());
  const archive = await runArchive(
    { maxRows: 1000, waitMs: 20, maxWaitMs: 20, retentionDays: 30, closePatienceMs: 50 },
    { bus, decoder: plainDecoder(), store: picket.events, log, metrics: new Registry() },
  );
  running.defer(() => archive.close());
  const store = postgresAnalysisStore({ url: picket.postgresUrl });
  running.defer(() => store.close());
  const analysis = await runAnalysis(
    { checkpointMillis: 3_600_000 },
    { bus, decoder: plainDecoder(), store, log, metrics: new Registry() },
  );
  running.defer(() => analysis.close());
  const directory = openEndpointDirectory({ url: picket.postgresUrl });
  running.defer(() => directory.close());
  const ingress = await runIngress(
    { host: '127.0.0.1', port: 0, watermarkFile: join(folder, 'watermarks'), limits: defaultLimits },
    { bus, decoder: plainDecoder(), directory, logger: log, registry: new Registry(), now: picket.now },
  );
  running.defer(() => ingress.close());

  const find = async (query: Record<string, string>) => {
    const { status, body } = await picket.ask('GET', `/events?${new URLSearchParams(query)}`, token);
    assert.equal(status, 200, JSON.stringify(body));
    return body.items;
  };
  return {
    picket,
    token,
    async addEndpoint(name) {
      const { body } = await picket.ask('POST', '/endpoints', token, { name });
      const seed = Buffer.from(/^key=(.*)$/m.exec(body.configuration)![1]!, 'base64url');
      return new TestEndpoint(body.endpoint.id as EndpointId, privateKeyOf(seed));
    },
    submit: ({ headers, body }) => send(ingress.port, 'POST', '/submit_logs', headers, body),
    metrics: async () => (await send(ingress.port, 'GET', '/metrics', {}, undefined)).text,
    find,
    async stored(query, count) {
      for (const end = performance.now() + 20_000; ; await delay(20)) {
        const items = await find(query);
        if (items.length >= count) return items.toReversed();
        assert.ok(
          performance.now() < end,
          `${count} events of ${JSON.stringify(query)} within 20 s, ${items.length} are there`,
        );
      }
    },
    close: () => running.disposeAsync(),
  };
}

/** RFC 8410: the seed in its PKCS #8 frame. */
const privateKeyOf = (seed: Buffer) =>
  createPrivateKey({
    key: Buffer.concat([Buffer.from('302e020100300506032b657004220420', 'hex'), seed]),
    format: 'der',
    type: 'pkcs8',
  });
