/**
 * Simulated hosts live through the same story again and again while parts of Picket die or stand still: each time all of it is
 * stored once, and what is found is what is found in a run that nothing disturbed.
 */

import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { mountSmallDisk, type SmallDisk } from '../agent/spool/small-disk.fixture.ts';
import { type Api, logIn } from './harness/api.ts';
import { newPlace, type Picket, type Place, removePlace, startPicket } from './harness/picket.ts';
import { until } from './harness/until.ts';
import { type Faults, faultsOn } from './load/disturb.ts';
import { testOddHosts } from './load/odd-hosts.ts';

const password = 'a long enough first password';

/** `undefined` where this user may not mount one. */
let disk: SmallDisk | undefined;
let place: Place;
let picket: Picket;
let api: Api;
let faults: Faults;
/** Spools of the simulated hosts. */
let folder: string;

before(async () => {
  folder = mkdtempSync(join(tmpdir(), 'picket-e2e-fleet-'));
  disk = mountSmallDisk(1 << 20);
  place = await newPlace(disk?.folder);
  picket = await startPicket(place, { agent: false });
  assert.ok(picket.firstAdmin, picket.output());
  api = await logIn(picket.apiUrl, picket.firstAdmin, password);
  faults = faultsOn({ receiver: { url: `http://127.0.0.1:${place.ports.ingress}` }, api: () => api }, folder);
});

after(async () => {
  await faults?.close();
  await picket?.stop();
  if (place) removePlace(place);
  disk?.unmount();
  if (folder) rmSync(folder, { recursive: true, force: true });
});

test('nothing happens: the story gives findings of baselines and of rules', async () => {
  const detectors = new Set((await faults.undisturbed()).flat().map(text => text.split(' ')[0]));
  for (const expected of [
    'baseline.unusual-file',
    'baseline.unusual-child',
    'file.credential-read',
    'file.cron-write',
    'process.crypto-miner',
    'process.dropped-binary',
    'process.reverse-shell',
  ])
    assert.ok(detectors.has(expected), `${expected} is not among ${[...detectors]}`);
});

test('what became of the alerts is on the bus’ topic alerts, and nothing of it waits', async () => {
  await until('the topic to have every change of an alert', 60, async () => {
    const published = await metric('picket_analysis_alert_changes_total{outcome="published"}');
    const waiting = await metric('picket_analysis_alert_outbox_length');
    const held = await metric('picket_bus_messages{topic="alerts"}');
    return (published > 0 && held === published && waiting === 0) || undefined;
  });
});

test('the server is killed', t =>
  faults.disturb(t, async (_, over) => {
    await picket.kill();
    over();
    picket = await startPicket(place, { agent: false });
  }));

test('the engines of both stores are killed at once', t =>
  faults.disturb(t, async (fleet, over) => {
    const engines = ['clickhouse', 'postgres'].map(engineOf);
    for (const pid of engines) process.kill(pid, 'SIGKILL');
    over();
    fleet.see(8);
    await until('other processes to be the stores', 60, () => {
      return ['clickhouse', 'postgres'].map(engineOf).every((pid, i) => pid !== engines[i]) || undefined;
    });
  }));

test('the server’s disk is full to the last byte for a while', async t => {
  if (disk === undefined) return t.skip('mounting a small file system needs root');
  const { leave, clear } = disk;
  await faults.disturb(t, async (fleet, over) => {
    leave(0);
    fleet.see(8);
    await until('every host to be told so', 60, () => {
      const { troubles, endpoints } = fleet;
      return (troubles.length === endpoints.length && troubles.every(text => text.includes('disk-full'))) || undefined;
    });
    clear();
    over();
  });
});

testOddHosts(() => ({ api, faults }));

test('nothing of it was stored or counted twice later on', () => faults.nothingCameLater());

/** What the server tells Prometheus of this; 0 where it says nothing. */
async function metric(name: string): Promise<number> {
  const response = await fetch(`http://127.0.0.1:${place.ports.ingress}/metrics`, {
    signal: AbortSignal.timeout(10_000),
  });
  const line = (await response.text()).split('\n').find(each => each.startsWith(`${name} `));
  return Number(line?.slice(name.length + 1) ?? 0);
}

/** Pid of an engine, as the server noted it for its next start. */
function engineOf(engine: string): number {
  return JSON.parse(readFileSync(join(place.data, `${engine}.pid`), 'utf8')).pid;
}
