/** The whole way of a submission, as a stranger could make one: an endpoint of the API, ingress, bus, archive, store, API. */

import assert from 'node:assert/strict';
import { createPrivateKey } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { EventKind } from '@picket/proto';
import pino from 'pino';
import { Registry } from 'prom-client';
import { openEndpointDirectory } from '../adapters/control-store/endpoint-directory.ts';
import { plainDecoder } from '../adapters/decoder/decoder.ts';
import { LogBus } from '../adapters/log-bus/log-bus.ts';
import { runArchive } from '../archive/run.ts';
import type { EndpointId } from '../domain/events/ids.ts';
import { defaultLimits } from '../ingress/config.ts';
import { type Answer, send, TestEndpoint } from '../ingress/ingress.fixture.ts';
import { runIngress } from '../ingress/run.ts';
import { startTestApi, type TestApi } from './api.fixture.ts';

const log = pino({ level: 'silent' });
const running = new AsyncDisposableStack();
let picket: TestApi;
let token: string;
let endpoint: TestEndpoint;
let port: number;

before(async () => {
  picket = await startTestApi();
  running.defer(() => picket.close());
  token = (await picket.login('admin')).token;
  const { body } = await picket.ask('POST', '/endpoints', token, { name: 'hostile' });
  const seed = Buffer.from(/^key=(.*)$/m.exec(body.configuration)![1]!, 'base64url');
  endpoint = new TestEndpoint(body.endpoint.id as EndpointId, privateKeyOf(seed));
  const folder = await mkdtemp(join(tmpdir(), 'picket-submission-'));
  running.defer(() => rm(folder, { recursive: true }));
  const bus = await LogBus.open({ folder, groups: { events: ['archive'] }, reserveBytes: 0 }, log);
  running.defer(() => bus.close());
  const archive = await runArchive(
    { maxRows: 1000, waitMs: 20, maxWaitMs: 20, retentionDays: 30, closePatienceMs: 50 },
    { bus, decoder: plainDecoder(), store: picket.events, log, metrics: new Registry() },
  );
  running.defer(() => archive.close());
  const directory = openEndpointDirectory({ url: picket.postgresUrl });
  running.defer(() => directory.close());
  const ingress = await runIngress(
    { host: '127.0.0.1', port: 0, watermarkFile: join(folder, 'watermarks'), limits: defaultLimits },
    { bus, decoder: plainDecoder(), directory, logger: log, registry: new Registry(), now: picket.now },
  );
  running.defer(() => ingress.close());
  port = ingress.port;
});
after(() => running.disposeAsync());

/** RFC 8410: the seed in its PKCS #8 frame. */
const privateKeyOf = (seed: Buffer) =>
  createPrivateKey({
    key: Buffer.concat([Buffer.from('302e020100300506032b657004220420', 'hex'), seed]),
    format: 'der',
    type: 'pkcs8',
  });

const submit = (batch: Parameters<TestEndpoint['submission']>[0]): Promise<Answer> => {
  const { headers, body } = endpoint.submission(batch, picket.now());
  return send(port, 'POST', '/submit_logs', headers, body);
};

const find = async (query: Record<string, string>) => {
  const { status, body } = await picket.ask('GET', `/events?${new URLSearchParams(query)}`, token);
  assert.equal(status, 200, JSON.stringify(body));
  return body.items;
};

/** The events that the query finds, when there are so many; oldest first. */
async function stored(query: Record<string, string>, count: number) {
  for (const end = performance.now() + 20_000; ; await delay(20)) {
    const items = await find(query);
    if (items.length >= count) return items.toReversed();
    assert.ok(
      performance.now() < end,
      `${count} events of ${JSON.stringify(query)} within 20 s, ${items.length} are there`,
    );
  }
}

/** What a path or an argument may be, byte for byte, and how people are shown it. */
const texts: readonly [bytes: string, shown: string][] = [
  ["/tmp/'); DROP TABLE events; --", "/tmp/'); DROP TABLE events; --"],
  ['/tmp/x\n\n; DROP TABLE events;\n\n', '/tmp/x\n\n; DROP TABLE events;\n\n'],
  ['/tmp/"quoted" \'twice\' `and` \\N \\', '/tmp/"quoted" \'twice\' `and` \\N \\'],
  ['/tmp/{x:String} %s $1 ?', '/tmp/{x:String} %s $1 ?'],
  ['/tmp/tab\tcomma,\r\ncarriage', '/tmp/tab\tcomma,\r\ncarriage'],
  ['/tmp/\xff\xfe\xc3\x28', '/tmp/\\xff\\xfe\\xc3('],
  ['/tmp/\xc3\xa4 \xf0\x9f\x90\x9f', '/tmp/ä 🐟'],
  ['/tmp/<script>alert(1)</script>\x1b[31m', '/tmp/<script>alert(1)</script>\x1b[31m'],
];

test('SQL, blank lines, quotes and invalid UTF-8 in paths and arguments come out of the API as they went in, escaped where they are no text', async () => {
  const strings = [
    '',
    '/usr/bin/hostile',
    ...texts.map(([bytes]) => bytes),
    ...texts.map(([bytes]) => `cat\0${bytes}\0`),
  ];
  const first = 2 + texts.length;
  const each = <T>(value: (i: number) => T) => texts.flatMap((_, i) => [value(i), value(i)]);
  const answer = await submit(
    endpoint.batch(0, 2 * texts.length, {
      strings: strings.map(text => Buffer.from(text, 'latin1')),
      processes: {
        pid: texts.map((_, i) => 100 + i),
        startTicks: texts.map(() => 7),
        parent: texts.map(() => 0),
        exe: texts.map(() => 1),
        args: texts.map((_, i) => first + i),
      },
      kinds: texts.flatMap(() => [EventKind.PROCESS_EXEC, EventKind.FILE_OPEN]),
      times: [picket.now(), ...each(() => 1).slice(1)],
      process: each(i => i + 1),
      count: each(() => 1),
      execs: {
        previous: texts.map(() => 0),
        asked: texts.map(() => 1),
        argsBytes: texts.map(() => 9),
        result: texts.map(() => 0),
      },
      files: { path: texts.map((_, i) => 2 + i) },
    }),
  );
  assert.equal(answer.says, 'accepted', answer.text);
  const events = await stored({ program: '/usr/bin/hostile' }, 2 * texts.length);
  for (const [i, [, shown]] of texts.entries()) {
    assert.deepEqual(events[2 * i].exec.args, ['cat', shown]);
    assert.equal(events[2 * i + 1].file.path, shown);
    // A search is one line without control characters.
    if (!/\p{Cc}/u.test(shown)) assert.equal((await find({ path: shown })).length, 1, `found by ${shown}`);
  }
  // The argument and the path.
  assert.equal((await find({ search: "'); DROP TABLE" })).length, 2);
  assert.equal((await picket.ask('GET', '/events/count', token)).body.count, 2 * texts.length);
});

test('a kind that only a newer agent knows is kept, counted and found', async () => {
  const answer = await submit(
    endpoint.batch(1000, 2, { kinds: [EventKind.FILE_OPEN, 999], times: [picket.now(), 1], files: { path: [2] } }),
  );
  assert.equal(answer.says, 'accepted', answer.text);
  const [unknown] = await stored({ kind: 'unknown' }, 1);
  assert.deepEqual([unknown.kind, unknown.sequence], ['unknown', 1001]);
  const metrics = (await send(port, 'GET', '/metrics', {}, undefined)).text;
  assert.match(metrics, /picket_ingress_unknown_events_total 1\n/);
});

test('a key that was revoked in the API submits nothing any more, nor does one that was replaced', async () => {
  await picket.ask('POST', `/endpoints/${endpoint.id}/rotate-key`, token);
  await refusedAs('signature-invalid');
  await picket.ask('POST', `/endpoints/${endpoint.id}/revoke`, token);
  await refusedAs('key-revoked');
  await picket.ask('DELETE', `/endpoints/${endpoint.id}`, token);
  await refusedAs('unknown-endpoint');
});

/** The directory is told of changes; what comes on the way of the news may still be taken. */
async function refusedAs(reason: string): Promise<void> {
  let says = '';
  for (const end = performance.now() + 10_000; says !== reason; await delay(20)) {
    assert.ok(performance.now() < end, `${reason} within 10 s, ${says} is what ingress says`);
    ({ says } = await submit(endpoint.batch(5000)));
  }
}
