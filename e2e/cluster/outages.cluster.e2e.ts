/** Parts that are away for a minute, slow, frozen, added and taken away, and messages that nobody can read: nothing is lost or counted twice. */

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { after, before, test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import type { PartName } from '../harness/cluster.ts';
import { until } from '../harness/until.ts';
import { type ClusterBed, openClusterBed, sessionSeconds } from '../load/cluster-bed.ts';
import { poison } from '../load/poison.ts';

const minute = 60_000;
/** Longer than a consumer may be silent before its partitions are given to others, shorter than the cluster's patience with a part. */
const frozenMillis = (sessionSeconds + 4) * 1000;
const MiB = 2 ** 20;

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

test('the event store is slow: what is in front of it waits, and does not grow', t =>
  bed.faults.disturb(t, async (fleet, over) => {
    const store = bed.cluster.part('clickhouse');
    const inFront: readonly PartName[] = ['archive', 'analysis-1', 'analysis-2', 'ingress-1', 'ingress-2'];
    const memory = async () =>
      Promise.all(inFront.map(async name => residentBytes(await bed.cluster.part(name).pid())));
    const before = await memory();
    over();
    for (let i = 0; i < 10; i++) {
      await store.pause();
      fleet.see(2);
      await delay(1_800);
      await store.resume();
      await delay(200);
    }
    const grown = (await memory()).map((bytes, i) => (bytes - before[i]!) / MiB);
    t.diagnostic(`memory of ${inFront.join(', ')} grew by ${grown.map(each => each.toFixed(0)).join(', ')} MiB`);
    for (const [i, each] of grown.entries()) assert.ok(each < 200, `${inFront[i]} grew by ${each} MiB`);
  }));

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

function residentBytes(pid: number | undefined): number {
  return 1024 * Number(/^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]);
}

/** A variable of a process' environment. */
function variableOf(pid: number | undefined, name: string): string {
  const variables = readFileSync(`/proc/${pid}/environ`, 'utf8').split('\0');
  const value = variables.find(each => each.startsWith(`${name}=`))?.slice(name.length + 1);
  if (value === undefined) throw new Error(`process ${pid} has no ${name}`);
  return value;
}
