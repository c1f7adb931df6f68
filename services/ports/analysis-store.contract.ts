/** What every analysis store does. An adapter's test calls `analysisStoreContract` with a way to open a store of its own. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Finding, Verdict } from '../domain/alerts/finding.ts';
import type { BaselineRecord, Entry } from '../domain/baselines/baseline.ts';
import { type BootId, type EndpointId, execId, type Micros, micros, type StreamId } from '../domain/events/ids.ts';
import type { AlertChange } from './alert-outbox.ts';
import type { AnalysisStore, Checkpoint, EndpointRecord, Place } from './analysis-store.ts';

/** Endpoints that exist in the store under test; `stranger` does not. */
export const ada = '018f0000-0000-7000-8000-00000000000a' as EndpointId;
export const bob = '018f0000-0000-7000-8000-00000000000b' as EndpointId;
export const stranger = '018f0000-0000-7000-8000-00000000000c' as EndpointId;

export interface AnalysisStoreUnderTest {
  readonly store: AnalysisStore;
  /** Count and status of the alert that the finding belongs to. */
  alert(
    finding: Finding,
  ): Promise<{ count: number; status: string; firstSeenAt: number; lastSeenAt: number } | undefined>;
  /** Closes it as a person would; absent where the adapter has no people. */
  close?(finding: Finding, verdict: Verdict): Promise<void>;
  dispose(): Promise<void>;
}

const boot = '11111111-1111-4111-8111-111111111111' as BootId;
const at = (offset: number): Micros => micros(1_760_000_000_123_456 + offset);

export function finding(fields: Partial<Finding> = {}): Finding {
  return {
    detector: 'file.credential-read',
    title: 'Credential store read',
    severity: 'high',
    techniques: ['T1003.008'],
    endpoint: ada,
    program: '/usr/bin/cat',
    deviation: 'read /etc/shadow',
    time: at(0),
    stream: 'aaaaaaaaaaaaaaaa' as StreamId,
    sequence: 10,
    execId: execId(boot, 7, 100),
    count: 1,
    evidence: { reason: 'Cat read it', saw: [{ label: 'Read', value: '/etc/shadow' }], usual: [], ancestry: [] },
    ...fields,
  };
}

const record = (fields: Partial<BaselineRecord> = {}): BaselineRecord => ({
  endpoint: ada,
  family: 'file',
  program: '/usr/sbin/nginx',
  phase: 'enforced',
  unbounded: false,
  observations: 321,
  distinct: 2,
  unseenProbability: 0.003,
  activeMinutes: 40,
  firstSeenAt: at(0),
  lastSeenAt: at(9_000_001),
  enforcedAt: at(5),
  deviations: { since: 5, folders: ['/srv'] },
  ...fields,
});
const entry = (count: number): Entry => ({ count, firstSeenAt: at(1), lastSeenAt: at(2) });
const endpoint = (fields: Partial<EndpointRecord> = {}): EndpointRecord => ({
  endpoint: ada,
  watermarks: { aaaaaaaaaaaaaaaa: 41 },
  recent: [{ time: at(3), execId: execId(boot, 7, 100), parent: undefined, exe: '/usr/bin/curl', args: ['curl'] }],
  suspects: [execId(boot, 7, 100)],
  sensor: {
    ...{ boot, stream: 'aaaaaaaaaaaaaaaa' as StreamId, wallMicros: at(4), bootMicros: 7, losses: { 'ring.full': 3 } },
    ...{ startedMicros: at(1), stalledMicros: 0, options: { api: 'ab' }, hooks: { file: true }, hooksLost: {} },
    blind: ['sensor.stopped'],
  },
  ...fields,
});
const place = (offset: number): Place => ({ offset, digest: `of message ${offset}` });
const checkpoint = (fields: Partial<Checkpoint> = {}): Checkpoint => ({
  positions: new Map([[0, place(5)]]),
  epochs: new Map(),
  endpoints: [],
  baselines: [],
  ...fields,
});
/** As JSON sees it: a member that is undefined and one that is absent are the same. */
const plain = (value: unknown): unknown => JSON.parse(JSON.stringify(value));

export function analysisStoreContract(name: string, prepare: () => Promise<AnalysisStoreUnderTest>): void {
  const behaviour = (sentence: string, run: (under: AnalysisStoreUnderTest) => Promise<unknown>) =>
    test(`${name}: ${sentence}`, async () => {
      const under = await prepare();
      try {
        await run(under);
      } finally {
        await under.dispose();
      }
    });

  behaviour('an empty store knows nothing', async ({ store }) => {
    assert.equal(await store.position(0), undefined);
    assert.deepEqual(await store.endpoints([ada]), []);
    assert.deepEqual(await store.baselines([record()]), []);
  });

  behaviour('a checkpoint is read back as it was, to the microsecond', async ({ store }) => {
    const written = [
      ['read /etc/nginx/a', entry(3)],
      ['read /etc/nginx/b', entry(4)],
    ] as const;
    await store.checkpoint(
      checkpoint({ endpoints: [endpoint()], baselines: [{ record: record(), removed: [], written }] }),
    );
    assert.equal(await store.position(0), 5);
    assert.deepEqual(plain(await store.endpoints([bob, ada])), plain([{ ...endpoint(), baselines: 1 }]));
    const [stored] = await store.baselines([record(), record({ program: '/usr/bin/none' })]);
    assert.deepEqual(stored?.record, record());
    assert.deepEqual([...stored.entries].sort(), written);
  });

  behaviour(
    'who claims a partition is told how far it is, and a former owner writes nothing any more',
    async ({ store }) => {
      const first = await store.claim(3);
      assert.equal(first.position, undefined);
      const written = [['read /a', entry(1)]] as const;
      const of = (epoch: number, offset: number) =>
        checkpoint({
          positions: new Map([
            [3, place(offset)],
            [4, place(offset)],
          ]),
          epochs: new Map([[3, epoch]]),
          endpoints: [endpoint()],
        });
      await store.checkpoint(of(first.epoch, 7));
      const second = await store.claim(3);
      assert.deepEqual(second.position, place(7));
      const zombie = { ...of(first.epoch, 9), baselines: [{ record: record(), removed: [], written }] };
      await assert.rejects(store.checkpoint(zombie), { name: 'PartitionsLost', partitions: [3] });
      assert.deepEqual([await store.position(3), await store.position(4)], [7, 7]);
      assert.deepEqual(await store.baselines([record()]), []);
      await store.checkpoint(of(second.epoch, 8));
      assert.equal(await store.position(3), 8);
    },
  );

  behaviour('a former owner of a partition records no finding any more', async ({ store, alert }) => {
    const first = await store.claim(3);
    assert.deepEqual(await store.record([finding()], new Map([[3, first.epoch]])), ['created']);
    const second = await store.claim(3);
    const late = finding({ sequence: 11 });
    await assert.rejects(store.record([late], new Map([[3, first.epoch]])), {
      name: 'PartitionsLost',
      partitions: [3],
    });
    assert.equal((await alert(finding()))?.count, 1);
    assert.deepEqual(await store.record([late], new Map([[3, second.epoch]])), ['counted']);
  });

  behaviour('a later checkpoint removes, changes and adds entries', async ({ store }) => {
    const before = [
      ['read /a', entry(1)],
      ['read /b', entry(1)],
    ] as const;
    const after = [
      ['read /b', entry(2)],
      ['read /c', entry(1)],
    ] as const;
    await store.checkpoint(checkpoint({ baselines: [{ record: record(), removed: [], written: before }] }));
    const change = {
      record: record({ observations: 400, enforcedAt: undefined }),
      removed: ['read /a'],
      written: after,
    };
    await store.checkpoint(checkpoint({ positions: new Map([[0, place(9)]]), baselines: [change] }));
    const [stored] = await store.baselines([record()]);
    assert.equal(stored?.record.observations, 400);
    assert.equal(stored.record.enforcedAt, undefined);
    assert.deepEqual([...stored.entries].sort(), after);
    assert.equal(await store.position(0), 9);
  });

  behaviour('an entry that is removed and learned again stays', async ({ store }) => {
    const change = { record: record(), removed: ['read /a'], written: [['read /a', entry(1)]] as const };
    await store.checkpoint(checkpoint({ baselines: [change] }));
    await store.checkpoint(checkpoint({ baselines: [change] }));
    assert.equal((await store.baselines([record()]))[0]?.entries.length, 1);
  });

  behaviour('what belongs to an endpoint that is gone is left out, the rest is kept', async ({ store }) => {
    const lost = { record: record({ endpoint: stranger }), removed: [], written: [['read /a', entry(1)]] as const };
    await store.checkpoint(checkpoint({ endpoints: [endpoint({ endpoint: stranger })], baselines: [lost] }));
    assert.equal(await store.position(0), 5);
    assert.deepEqual(await store.endpoints([stranger]), []);
    assert.deepEqual(await store.record([finding({ endpoint: stranger }), finding()]), ['unknown-endpoint', 'created']);
  });

  behaviour('a text with NUL, quotes and a lone surrogate is kept', async ({ store }) => {
    const strange = finding({
      evidence: { ...finding().evidence, reason: 'a\0b\\u0000 "\' \ud800', saw: [{ label: 'Read', value: '\\\0' }] },
    });
    assert.deepEqual(await store.record([strange]), ['created']);
  });

  behaviour('findings of one alert are counted, each once', async ({ store, alert }) => {
    assert.deepEqual(await store.record([finding(), finding({ sequence: 11, count: 4, time: at(7) })]), [
      'created',
      'counted',
    ]);
    assert.deepEqual(await store.record([finding(), finding({ sequence: 12, time: at(9) })]), ['replayed', 'counted']);
    const now = await alert(finding());
    assert.deepEqual(now, { count: 6, status: 'open', firstSeenAt: at(0), lastSeenAt: at(9) });
  });

  behaviour(
    'a stream that is replayed behind a newer one of the same endpoint is not counted again',
    async ({ store, alert }) => {
      const newer = 'bbbbbbbbbbbbbbbb' as StreamId;
      assert.deepEqual(await store.record([finding(), finding({ stream: newer, sequence: 1 })]), [
        'created',
        'counted',
      ]);
      assert.deepEqual(await store.record([finding()]), ['replayed']);
      assert.deepEqual(await store.record([finding({ sequence: 11 }), finding({ stream: newer, sequence: 1 })]), [
        'counted',
        'replayed',
      ]);
      assert.equal((await alert(finding()))?.count, 3);
    },
  );

  behaviour('each of endpoint, detector, program and deviation makes an alert of its own', async ({ store }) => {
    const others = [
      {},
      { endpoint: bob },
      { detector: 'x.y' },
      { program: '/usr/bin/tac' },
      { deviation: 'read /etc/gshadow' },
    ];
    assert.deepEqual(new Set(await store.record(others.map(finding))), new Set(['created']));
  });

  behaviour('an alert has as many findings as there come', async ({ store, alert }) => {
    for (let from = 0; from < 120; from += 40) {
      await store.record(Array.from({ length: 40 }, (_, i) => finding({ sequence: 100 + from + i })));
    }
    assert.equal((await alert(finding()))?.count, 120);
  });

  behaviour('the longest names fit', async ({ store }) => {
    const long = '\u20ac'.repeat(400);
    assert.deepEqual(await store.record([finding({ program: long, deviation: long })]), ['created']);
    const change = { record: record({ program: long }), removed: [], written: [[long, entry(1)]] as const };
    await store.checkpoint(checkpoint({ baselines: [change] }));
    assert.equal((await store.baselines([record({ program: long })])).length, 1);
  });

  behaviour('a closed alert: benign only counts, a true positive reopens', async ({ store, alert, close }) => {
    if (!close) return;
    await store.record([finding()]);
    await close(finding(), 'benign');
    assert.deepEqual(await store.record([finding({ sequence: 11 })]), ['counted']);
    assert.equal((await alert(finding()))?.status, 'closed');
    assert.deepEqual(
      (await drained(store)).map(({ change }) => change),
      ['created'],
      'what is expected is not told',
    );
    await close(finding(), 'true_positive');
    assert.deepEqual(await store.record([finding({ sequence: 12 }), finding({ sequence: 13 })]), [
      'reopened',
      'counted',
    ]);
    assert.deepEqual((await alert(finding()))?.status, 'open');
    assert.deepEqual(
      (await drained(store)).map(({ change }) => change),
      ['reopened'],
    );
  });

  behaviour('what becomes of an alert waits in the outbox, one change for each alert and call', async ({ store }) => {
    await store.record([finding(), finding({ sequence: 11, count: 4, time: at(7) }), finding({ deviation: 'other' })]);
    await store.record([finding(), finding({ sequence: 12, time: at(9) })]);
    await store.record([finding({ sequence: 12 }), finding({ endpoint: stranger })]);
    assert.equal(await store.outbox.length(), 3);
    const [created, other, counted, ...none] = await drained(store);
    assert.deepEqual(none, []);
    assert.deepEqual(
      { ...created, id: '', at: '', alert: { ...created!.alert, id: '' } },
      {
        ...{ id: '', change: 'created', at: '' },
        alert: {
          ...{
            id: '',
            endpoint: { id: ada, name: ada },
            detector: 'file.credential-read',
            title: 'Credential store read',
          },
          ...{ severity: 'high', techniques: ['T1003.008'], program: '/usr/bin/cat', deviation: 'read /etc/shadow' },
          ...{ reason: 'Cat read it', execId: execId(boot, 7, 100), count: 5 },
          ...{ firstSeenAt: '2025-10-09T08:53:20.123456Z', lastSeenAt: '2025-10-09T08:53:20.123463Z' },
        },
      },
    );
    assert.deepEqual([other!.change, other!.alert.deviation], ['created', 'other']);
    assert.deepEqual([counted!.change, counted!.alert.id, counted!.alert.count], ['counted', created!.alert.id, 6]);
    assert.equal(new Set([created!.id, other!.id, counted!.id]).size, 3);
    assert.equal(await store.outbox.length(), 0);
  });

  behaviour('changes that the bus does not take wait, as they were, and the oldest go first', async ({ store }) => {
    await store.record([finding(), finding({ deviation: 'b' }), finding({ deviation: 'c' })]);
    const refused: AlertChange[] = [];
    const away = new Error('the bus is away');
    const refuse = async (changes: readonly AlertChange[]) => {
      refused.push(...changes);
      throw away;
    };
    await assert.rejects(store.outbox.drain(2, refuse), error => error === away);
    assert.equal(await store.outbox.length(), 3);
    const first = await drained(store, 2);
    assert.deepEqual(first, refused);
    const rest = await drained(store, 2);
    assert.deepEqual(
      [...first, ...rest].map(({ alert }) => alert.deviation),
      ['read /etc/shadow', 'b', 'c'],
    );
  });

  behaviour('while one publishes, another takes no turn, and what comes meanwhile waits', async ({ store }) => {
    await store.record([finding()]);
    const counts: number[] = [];
    const taken = await store.outbox.drain(10, async () => {
      counts.push(await store.outbox.drain(10, () => assert.fail('published twice')));
      await store.record([finding({ sequence: 11 })]);
    });
    assert.deepEqual([taken, ...counts, await store.outbox.length()], [1, 0, 1]);
    assert.deepEqual(
      (await drained(store)).map(({ change }) => change),
      ['counted'],
    );
  });

  behaviour('an outbox that is trimmed keeps the newest', async ({ store }) => {
    await store.record(['a', 'b', 'c', 'd', 'e'].map(deviation => finding({ deviation })));
    assert.equal(await store.outbox.trim(2), 3);
    assert.equal(await store.outbox.trim(2), 0);
    assert.deepEqual(
      (await drained(store)).map(({ alert }) => alert.deviation),
      ['d', 'e'],
    );
  });

  behaviour('prevalence counts the endpoints that know the value', async ({ store }) => {
    const change = (id: EndpointId, value: string) => ({
      record: record({ endpoint: id }),
      removed: [],
      written: [[value, entry(1)]] as const,
    });
    const endpoints = [endpoint(), endpoint({ endpoint: bob })];
    await store.checkpoint(checkpoint({ endpoints, baselines: [change(ada, 'read /a'), change(bob, 'read /b')] }));
    assert.deepEqual(await store.prevalence('file', '/usr/sbin/nginx', 'read /a'), { endpoints: 1, of: 2 });
    assert.deepEqual(await store.prevalence('lineage', '/usr/sbin/nginx', 'read /a'), { endpoints: 0, of: 2 });
  });
}

/** Takes the oldest out of the outbox. */
async function drained(store: AnalysisStore, most = 100): Promise<AlertChange[]> {
  const changes: AlertChange[] = [];
  await store.outbox.drain(most, async oldest => {
    changes.push(...oldest);
  });
  return changes;
}
