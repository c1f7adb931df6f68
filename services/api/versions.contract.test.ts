/**
 * Agents of other versions, on the whole way of a submission: what they and the server both know is taken, stored, analysed and shown
 * as if it came from an agent of today. The older is the first there was; the newer has a field more in every message.
 */

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { zstdCompressSync } from 'node:zlib';
import { EventBatch, type EventBatchFields } from '@picket/proto';
import { type Encode, readByFirst, writtenByFirst, writtenByNewer } from '../../proto/versions.fixture.ts';
import { everyKind } from '../archive/sample.fixture.ts';
import type { TestEndpoint } from '../ingress/ingress.fixture.ts';
import { startWholeWay, type WholeWay } from './whole-way.fixture.ts';

let way: WholeWay;
before(async () => {
  way = await startWholeWay();
});
after(() => way.close());

const today: Encode = batch => EventBatch.encode(batch).finish();

/** An event of each kind; `cat` reads /etc/shadow. */
const everything = everyKind(0, Date.now() * 1_000);
const theft: EventBatchFields = {
  ...everything,
  strings: everything.strings!.map(text => (text.toString() === '/etc/hosts' ? Buffer.from('/etc/shadow') : text)),
};
/** Kinds of `everyKind` that the first version knew; they come first. */
const firstKinds = 9;

const heartbeat = {
  ...{ hostname: 'host', os: 'Debian 19', kernel: '8.1.0', architecture: 'riscv64', intervalMillis: 10_000 },
  startedMicros: Date.now() * 1_000 - 1_000_000,
  hooks: [{ name: 'hook.of-tomorrow', attached: true, reason: '' }],
};

/** All that is shown of a batch that a new endpoint submits so encoded, in words that are the same for each endpoint. */
async function shown(name: string, encode: Encode, content: EventBatchFields) {
  const endpoint = await way.addEndpoint(name);
  const batch = {
    ...content,
    endpointId: endpoint.id,
    bootId: Buffer.from(endpoint.boot.replaceAll('-', ''), 'hex'),
    streamId: Buffer.from(endpoint.stream, 'hex'),
  };
  const sent = endpoint.sign(zstdCompressSync(encode(batch)), way.picket.now(), { 'picket-sequence': '0' });
  const answer = await way.submit(sent);
  assert.equal(answer.says, 'accepted', answer.text);
  const events = await way.stored({ endpoint: endpoint.id }, batch.kinds!.length);
  assert.equal(events.length, batch.kinds!.length);
  const { alerts, page } = await analysed(endpoint);
  const { agentVersion, losses, heartbeat } = page;
  const words = JSON.stringify({ events, alerts, agentVersion, losses, heartbeat })
    .replaceAll(endpoint.id, 'endpoint')
    .replaceAll(name, 'name')
    .replaceAll(endpoint.boot, 'boot')
    .replaceAll(endpoint.stream, 'stream');
  return JSON.parse(words);
}

/** The findings in a few words each, and the page of the host, once both say something. */
async function analysed({ id }: TestEndpoint) {
  for (const end = performance.now() + 20_000; ; await delay(20)) {
    const found = await way.picket.ask('GET', `/alerts?endpoint=${id}`, way.token);
    const alerts: string[] = found.body.items.map(
      ({ detector, program, deviation, count }: Record<string, unknown>) =>
        `${detector}: ${program} ${deviation}, ${count}`,
    );
    const { status, body: page } = await way.picket.ask('GET', `/endpoints/${id}`, way.token);
    assert.equal(status, 200, JSON.stringify(page));
    if (alerts.length > 0 && page.agentVersion !== null) return { alerts, page };
    assert.ok(performance.now() < end, `findings within 20 s, ${alerts} and ${JSON.stringify(page)} are there`);
  }
}

test('what an agent of the first version submits is stored, analysed and shown, and what it did not know is empty', async () => {
  const { kinds, times, process, count } = theft;
  const known = <T>(column: readonly T[] | null | undefined) => column!.slice(0, firstKinds);
  const then = {
    ...theft,
    ...{ kinds: known(kinds), times: known(times), process: known(process), count: known(count) },
    heartbeat,
  };
  const first = await shown('first', writtenByFirst, then);
  assert.deepEqual(first.alerts, ['file.credential-read: /usr/bin/cat read /etc/shadow, 4']);
  assert.equal(first.heartbeat.hostname, 'host');
  const [, exec, read, , connected] = first.events;
  assert.deepEqual([exec.exec.args, exec.process.exeHash, exec.process.loader], [['cat', '/etc/hosts'], '', []]);
  assert.deepEqual([read.file.path, read.count], ['/etc/shadow', 4]);
  assert.deepEqual([connected.network.remoteAddress, connected.network.domain], ['10.0.0.1', '']);
  assert.deepEqual(first, await shown('first, by today', batch => today(readByFirst(writtenByFirst(batch))), then));
});

test('what an agent of a newer version says beside what is known is counted, and changes nothing of the rest', async () => {
  // A kind of event, deeds, a protocol, an end and a counter that nobody knows yet.
  const end: number = 99;
  const news: EventBatchFields = {
    ...theft,
    changes: { ...theft.changes, operation: [9_999, 9_998] },
    network: { ...theft.network, protocol: [200, 17] },
    losses: [{ name: 'tomorrow.lost', count: 3 }],
    heartbeat: { ...heartbeat, previous: { end } },
  };
  const newer = await shown('newer', writtenByNewer, news);
  assert.deepEqual(newer.alerts, [
    'file.credential-read: /usr/bin/cat read /etc/shadow, 4',
    'process.loader-injection: /usr/bin/cat preload /tmp/x.so, 1',
  ]);
  assert.deepEqual(newer.losses, { 'tomorrow.lost': 3 });
  assert.deepEqual(newer.heartbeat.hooks, heartbeat.hooks);
  const unknown = newer.events.filter(({ kind }: { kind: string }) => kind === 'unknown');
  assert.deepEqual([unknown.length, unknown[0].sequence], [1, firstKinds]);
  assert.deepEqual(
    newer.events.flatMap(({ change }: { change: { operation: string } | null }) => change?.operation ?? []),
    ['unknown', 'unknown'],
  );
  assert.equal(newer.events[4].network.protocol, 'other');
  assert.match(await way.metrics(), /picket_ingress_unknown_events_total 1\n/);
  assert.deepEqual(newer, await shown('newer, by today', today, news));
});
