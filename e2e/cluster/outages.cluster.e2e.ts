/** Parts that are away for a minute, slow, frozen, added and taken away, and messages that nobody can read: nothing is lost or counted twice. */

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { after, before, test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { until } from '../harness/until.ts';
import { type ClusterBed, openClusterBed, partitions, sessionSeconds } from '../load/cluster-bed.ts';
import { longPathBytes, longPaths } from '../load/dialect.ts';
import { poison } from '../load/poison.ts';

const minute = 60_000;
/** Longer than a consumer may be silent before its partitions are given to others, shorter than the cluster's patience with a part. */
const frozenMillis = (sessionSeconds + 4) * 1000;
/** The archive ends its blocks, which its partitions share, at so many bytes of paths and arguments (services/archive/partition.ts). */
const blockBytes = 64 * 2 ** 20;
/** A block that is gathered and one that is being inserted; in each partition the last message of both, and its lengths, may be too much. */
const mostHeld = 2 * (blockBytes + 1.01 * partitions * longPathBytes);

let bed: ClusterBed;

before(async () => {
  bed = await openClusterBed();
});
after(() => bed?.close());

test('nothing happens: what the other runs are compared with', async () => {
  await bed.faults.undisturbed();
});

for (const [name, part] of [
  ['broker', 'kafka'],
  ['event store', 'clickhouse'],
  ['control store', 'postgres'],
] as const) {
  test(`the ${name} is away for a minute`, t =>
    bed.faults.disturb(t, async (fleet, over) => {
      const away = bed.cluster.part(part);
      await away.stop();
      // The hosts go on all the time.
      for (let i = 0; i < 6; i++) {
        fleet.see(2);
        await delay(minute / 6);
      }
      over();
      await away.start();
    }));
}

test('an analysis is taken away and added again under load', t =>
  bed.faults.disturb(t, async (fleet, over) => {
    const analysis = bed.cluster.part('analysis-2');
    await analysis.stop();
    over();
    fleet.see(5);
    await fleet.reaches(0.8);
    const started = analysis.start();
    fleet.see(5);
    await started;
  }));

test('an analysis that was frozen for longer than its session wakes up, and counts nothing that another has counted', t =>
  bed.faults.disturb(t, async (fleet, over) => {
    const analysis = bed.cluster.part('analysis-1');
    const pid = await analysis.pid();
    await analysis.pause();
    try {
      over();
      for (let i = 0; i < 4; i++) {
        fleet.see(2);
        await delay(frozenMillis / 4);
      }
    } finally {
      await analysis.resume();
    }
    assert.equal(await analysis.pid(), pid, 'it is to wake up, and was killed instead');
  }));

test('the event store stands still, then is slow: the archive holds two blocks at most, and agents are answered', async t => {
  const hosts = await bed.hosts('long paths', longPaths);
  const batches = 20;
  const sent = hosts.endpoints.length * batches * longPathBytes;
  assert.ok(sent > 1.5 * mostHeld);
  await bed.faults.disturb(t, async (fleet, over) => {
    const store = bed.cluster.part('clickhouse');
    await store.pause();
    try {
      hosts.see(batches);
      fleet.see(2);
      await hosts.reaches(1);
      // One partition at least has a whole block that waits for the one before it, and what comes waits for it.
      await until('the archive to hold a whole block', 60, async () => {
        return (await held()) >= blockBytes / partitions || undefined;
      });
      for (let i = 0; i < 2; i++) {
        const bytes = await held();
        t.diagnostic(`of ${sent / 1e6} MB of paths ${(bytes / 1e6).toFixed(0)} are in the archive's memory`);
        assert.ok(bytes < mostHeld, `${bytes} bytes, at most ${mostHeld} expected`);
        await store.resume();
        fleet.see(2);
        await delay(200);
        await store.pause();
      }
    } finally {
      await store.resume();
    }
    over();
  });
  // The fleet's events came after them in each partition, and are stored by now.
  const counts = await Promise.all(
    hosts.endpoints.map(endpoint => bed.api.get<{ count: number }>(`/events/count?endpoint=${endpoint}`)),
  );
  assert.deepEqual(
    counts.map(({ count }) => count),
    hosts.endpoints.map(() => hosts.events / hosts.endpoints.length),
  );
});

test('messages that nobody can read, or that no store takes, lie between real ones: they go aside, the others go on', t =>
  bed.faults.disturb(t, async (fleet, over) => {
    const broker = variableOf(await bed.cluster.part('archive').pid(), 'PICKET_BUS_URL').replace('kafka://', '');
    await using bus = await poison(broker);
    over();
    const sent = await bus.spoil(fleet.endpoints);
    fleet.see(10);
    // Archive and analysis each set aside what they cannot read.
    await until('the unreadable messages to be set aside', 120, async () => {
      return (await bus.setAside()) >= 2 * sent.unreadable || undefined;
    });
  }));

test('nothing of it was stored or counted twice later on', () => bed.faults.nothingCameLater());

/** Bytes of paths and arguments that the archive has in memory. */
async function held(): Promise<number> {
  const told = await bed.cluster.part('archive').metrics();
  return Number(/^picket_archive_held[{]what="text_bytes"[}] (\S+)$/m.exec(told)?.[1]);
}

/** A variable of a process' environment. */
function variableOf(pid: number | undefined, name: string): string {
  const variables = readFileSync(`/proc/${pid}/environ`, 'utf8').split('\0');
  const value = variables.find(each => each.startsWith(`${name}=`))?.slice(name.length + 1);
  if (value === undefined) throw new Error(`process ${pid} has no ${name}`);
  return value;
}
