/**
 * Each process of the cluster is killed in turn while hosts send, the broker dies of its full disk, and the event store has no room:
 * nothing is lost, stored twice or counted twice.
 */

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import type { PartName } from '../harness/cluster.ts';
import { until } from '../harness/until.ts';
import { type ClusterBed, openClusterBed } from '../load/cluster-bed.ts';
import { testOddHosts } from '../load/odd-hosts.ts';

let bed: ClusterBed;

before(async () => {
  bed = await openClusterBed({ kafka: 256 << 10, clickhouse: 256 << 10 });
});
after(() => bed?.close());

test('nothing happens: what the other runs are compared with', async () => {
  await bed.faults.undisturbed();
});

const victims: readonly PartName[] = [
  'ingress-1',
  'analysis-1',
  'analysis-2',
  'archive',
  'api',
  'kafka',
  'postgres',
  'clickhouse',
  'traefik',
];

for (const victim of victims) {
  test(`${victim} is killed`, t =>
    bed.faults.disturb(t, async (fleet, over) => {
      const part = bed.cluster.part(victim);
      const pid = await part.pid();
      fleet.see(8);
      await part.kill();
      over();
      await part.back(pid);
    }));
}

test('the broker’s disk runs full: it dies, and lives again when there is room', async t => {
  const { brokerDisk, cluster, faults } = bed;
  if (brokerDisk === undefined) return t.skip('mounting a small file system needs root');
  const linesBefore = cluster.journal().length;
  const saidOfBroker = () =>
    cluster
      .journal()
      .slice(linesBefore)
      .filter(({ part }) => part === 'kafka');
  await faults.disturb(t, async (fleet, over) => {
    const broker = cluster.part('kafka');
    const pid = await broker.pid();
    const ingresses = [cluster.part('ingress-1'), cluster.part('ingress-2')];
    // What the hosts send fills the rest.
    brokerDisk.leave(64 << 10);
    fleet.see(8);
    await until('the broker to have died of it', 60, () => {
      return saidOfBroker().some(({ msg }) => msg === 'the engine died and is started again') || undefined;
    });
    await until('every host to be told to wait', 60, () => {
      const { troubles, endpoints } = fleet;
      return (troubles.length === endpoints.length && troubles.every(text => text.includes('status 503'))) || undefined;
    });
    const { acknowledged } = fleet;
    await until('each ingress to say what is in the way', 60, async () => {
      const told = await Promise.all(ingresses.map(ingress => ingress.metrics()));
      return told.every(text => text.includes('picket_ingress_hindered{by="bus"} 1\n')) || undefined;
    });
    assert.match(await cluster.part('archive').metrics(), /^picket_bus_answers 0$/m);
    await until('a start over the full disk to have failed', 60, () => {
      return saidOfBroker().some(({ msg }) => msg === 'the engine did not start again') || undefined;
    });
    for (const { reason } of saidOfBroker()) assert.match(reason ?? '', /the disk under \S+kafka is full/);
    assert.equal(fleet.acknowledged, acknowledged, 'acknowledged while there was no broker');
    brokerDisk.clear();
    over();
    await broker.back(pid);
  });
  await until('the archive to say that the bus answers', 60, async () => {
    return /^picket_bus_answers 1$/m.test(await cluster.part('archive').metrics()) || undefined;
  });
});

test('the event store’s disk runs full: agents are answered, and what waited is stored when there is room', async t => {
  const { api, storeDisk, cluster, faults } = bed;
  if (storeDisk === undefined) return t.skip('mounting a small file system needs root');
  const archive = cluster.part('archive');
  const [saidBefore, linesBefore] = [archive.log().length, cluster.journal().length];
  await faults.disturb(t, async (fleet, over) => {
    storeDisk.leave(0);
    try {
      fleet.see(8);
      await until('all to be acknowledged, and the archive to wait for the store', 60, async () => {
        // The engine tidies up meanwhile.
        storeDisk.leave(0);
        if (fleet.acknowledged < fleet.events) return undefined;
        return (await archive.metrics()).includes('picket_archive_store_available 0\n') || undefined;
      });
      // An engine that ended at a write answers nobody until it is back.
      const stored = await until('the store to say how much it has', 60, async () => {
        storeDisk.leave(0);
        const counts = await Promise.all(
          fleet.endpoints.map(endpoint =>
            api.get<{ count: number }>(`/events/count?endpoint=${endpoint}`).catch(error => {
              if (!/: 503 /.test(error.message)) throw error;
            }),
          ),
        );
        return counts.every(each => each !== undefined)
          ? { events: counts.reduce((sum, each) => sum + each!.count, 0) }
          : undefined;
      });
      t.diagnostic(
        `${stored.events} of ${fleet.events} events that were acknowledged are stored while there is no room`,
      );
      assert.ok(stored.events < fleet.events);
      // The archive, where the engine refuses what does not fit; the engine's watcher, where a write of it had begun.
      await until('the logs to say why', 60, () => {
        storeDisk.leave(0);
        const told = archive.log().slice(saidBefore) + JSON.stringify(cluster.journal().slice(linesBefore));
        return /event store's disk is full|disk under \S+clickhouse is full/.test(told) || undefined;
      });
    } finally {
      storeDisk.clear();
    }
    over();
  });
  await until('the archive to say that the store takes again', 60, async () => {
    return (await archive.metrics()).includes('picket_archive_store_available 1\n') || undefined;
  });
});

testOddHosts(() => bed);

test('nothing of it was stored or counted twice later on', () => bed.faults.nothingCameLater());
