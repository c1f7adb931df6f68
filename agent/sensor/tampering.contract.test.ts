/** Somebody with root takes kernel programs of the sensor away; real ones, skipped where they can't be loaded. */

import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import { closeSync, readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { test } from 'node:test';
import { setTimeout as wait } from 'node:timers/promises';
import { sensorSupport } from '@picket/native';
import { stage } from './contract/act.ts';
import { openEventSource } from './source.ts';

const support = sensorSupport();
const options = { skip: support.supported ? false : support.reason, timeout: 60_000 };

const { act } = stage();

/** Descriptors of this process that are links of kernel programs. */
function links(): number[] {
  return readdirSync('/proc/self/fd')
    .map(Number)
    .filter(fd => {
      try {
        return readlinkSync(`/proc/self/fd/${fd}`) === 'anon_inode:bpf_link';
      } catch {
        return false;
      }
    });
}

test('a link that is closed behind the sensor’s back is attached again, and counted', options, async () => {
  const source = openEventSource({}, () => undefined);
  const before = source.hooks;
  assert.ok(before.every(({ lost }) => lost === 0));
  const [first] = links();
  closeSync(first!);
  const after = source.hooks;
  assert.equal(
    after.reduce((sum, { lost }) => sum + lost, 0),
    1,
  );
  assert.deepEqual(
    after.map(({ attached }) => attached),
    before.map(({ attached }) => attached),
  );
  assert.ok(source.hooks.reduce((sum, { lost }) => sum + lost, 0) === 1, 'what was put back is not counted again');
  await source.close();
});

test('records that somebody has the reader pass over are counted', options, async t => {
  const bpftool = ['/usr/sbin/bpftool', '/usr/bin/bpftool'].find(path => read(path, 4) !== '');
  if (!bpftool) return t.skip('no bpftool here, which tells the ring from the other maps');
  const before = new Set(maps().map(({ id }) => id));
  // It looks only now and then: what comes meanwhile waits in the ring.
  const source = openEventSource({ flushMillis: 1_000 }, () => undefined);
  const all = JSON.parse(execFileSync(bpftool, ['-j', 'map', 'show'], { encoding: 'utf8' })) as NamedMap[];
  const own = new Set(maps().flatMap(({ id }) => (before.has(id) ? [] : [id])));
  const ring = all.find(each => each.name === 'picket_ring' && own.has(`${each.id}`))!;
  const vanished = () => source.counters()['ring.vanished'] ?? 0;
  assert.equal(vanished(), 0);
  for (let tries = 0; vanished() === 0 && tries < 400; tries++) {
    spawnSync(act, ['advance-ring', `${ring.id}`]);
    await wait(50);
  }
  assert.ok(vanished() > 0);
  await source.close();
});

test(
  'who sends a signal that ends or stops by default is noted, whichever it is; one that does neither is not',
  options,
  () => {
    const script = `import { openSensor } from ${JSON.stringify(import.meta.resolve('@picket/native'))};
    import { spawnSync } from 'node:child_process';
    const sensor = openSensor({ flushMillis: 10 }, () => undefined);
    const send = (name, target = process.pid) => spawnSync('/bin/sh', ['-c', 'kill -' + name + ' ' + target]).pid;
    const noted = (kind, pid) => { const sent = sensor.signal(kind); return sent?.sender.pid === pid ? sent.signal : 0; };
    for (const name of ['SIGUSR2', 'SIGALRM', 'SIGTTIN', 'SIGWINCH']) process.on(name, () => undefined);
    console.log([
      noted('end', send('USR2')), noted('end', send('ALRM')), noted('stop', send('TTIN')),
      noted('end', send('WINCH')), noted('end', send('URG')),
    ].join());
    await sensor.close();`;
    const child = spawnSync(process.execPath, ['--input-type=module', '-e', script], {
      encoding: 'utf8',
      timeout: 50_000,
    });
    assert.deepEqual([child.stdout, child.stderr], ['12,14,21,0,0\n', '']);
  },
);

test('the maps that say what is watched can be changed by no system call', options, async t => {
  const before = new Set(maps().map(({ id }) => id));
  const source = openEventSource({}, () => undefined);
  const own = maps().filter(({ id }) => !before.has(id));
  const ids = own.filter(({ frozen }) => frozen).map(({ id }) => id);
  const bpftool = ['/usr/sbin/bpftool', '/usr/bin/bpftool'].find(path => read(path, 4) !== '');
  if (!bpftool) t.diagnostic('no bpftool here: only that they are frozen was looked at');
  // What the reader writes to in its own memory: the ring, the word that says who was woken, the fold table, and what was seen.
  assert.equal(own.length - ids.length, 4, 'all but what the reader writes to is frozen');
  if (bpftool) {
    const all = JSON.parse(execFileSync(bpftool, ['-j', 'map', 'show'], { encoding: 'utf8' })) as NamedMap[];
    const named = (frozen: boolean) =>
      all.filter(each => own.some(map => map.id === `${each.id}` && map.frozen === frozen)).map(each => each.name);
    assert.deepEqual(named(false).sort(), ['picket_folds', 'picket_ring', 'picket_seen', 'picket_wake']);
    const settled = named(true);
    for (const name of ['families', 'quiet', 'threads', 'blocks', 'pending', 'connecti', 'counters', 'signals'])
      assert.ok(settled.includes(`picket_${name}`), `${name} is frozen`);
  }
  for (const id of bpftool ? ids : []) {
    assert.throws(() =>
      execFileSync(bpftool!, ['map', 'update', 'id', id, 'key', '1', '0', '0', '0', 'value', '0', '0', '0', '0'], {
        stdio: 'ignore',
      }),
    );
  }
  assert.ok(source.hooks.every(({ lost }) => lost === 0));
  await source.close();
});

interface NamedMap {
  readonly id: number;
  readonly name: string;
}

interface SeenMap {
  readonly id: string;
  readonly frozen: boolean;
}

/** The maps that this process has a descriptor of, each once. */
function maps(): SeenMap[] {
  const found = readdirSync('/proc/self/fd').flatMap(fd => {
    const info = read(`/proc/self/fdinfo/${fd}`);
    const id = /^map_id:\t(\d+)$/m.exec(info)?.[1];
    return id ? [[id, { id, frozen: /^frozen:\t1$/m.test(info) }] as const] : [];
  });
  return [...new Map(found).values()];
}

function read(path: string, bytes?: number): string {
  try {
    return readFileSync(path, 'latin1').slice(0, bytes);
  } catch {
    return '';
  }
}
