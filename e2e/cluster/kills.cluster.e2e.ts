/** Each process of the cluster is killed in turn while hosts send: nothing is lost, stored twice or counted twice. */

import { after, before, test } from 'node:test';
import type { PartName } from '../harness/cluster.ts';
import { type ClusterBed, openClusterBed } from '../load/cluster-bed.ts';
import { testOddHosts } from '../load/odd-hosts.ts';

let bed: ClusterBed;

before(async () => {
  bed = await openClusterBed();
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

testOddHosts(() => bed);

test('nothing of it was stored or counted twice later on', () => bed.faults.nothingCameLater());
