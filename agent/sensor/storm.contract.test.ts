/** More events than are read, through real kernel programs: what is shed goes by class and is counted, and comes back. */

import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { setTimeout as wait } from 'node:timers/promises';
import { storms } from './contract/storm.ts';
import { sensorHere } from './contract/watch.ts';
import { openEventSource } from './source.ts';

describe('a storm', { ...sensorHere, timeout: 110_000 }, () => {
  const { folder, begin, run } = storms();

  /** A reader that stands still until so much of `name` was shed, and then takes `held` milliseconds for each thousand records. */
  function watching(name: string) {
    let isShedding = false;
    const seen = { held: 25, execs: new Set<string>(), opens: new Set<string>() };
    const source = openEventSource({}, event => {
      if (event.kind === 'exec' && event.image.args.includes('\0storm-')) seen.execs.add(event.image.args);
      if (event.kind === 'open' && event.path.includes('/quiet-')) seen.opens.add(event.path);
      while (seen.held > 0 && !isShedding) isShedding = counted(name) >= 100;
      for (const end = performance.now() + seen.held / 1000; performance.now() < end; );
    });
    const counted = (name: string) => source.counters()[name] ?? 0;
    return { seen, source, counted };
  }

  const until = async (true_: () => boolean) => {
    while (!true_()) await wait(20);
  };

  const executed = async (times: number) => {
    const script = `i=0; while [ $i -lt ${times} ]; do /bin/true storm-$i; i=$((i+1)); done`;
    await once(spawn('/bin/sh', ['-c', script]), 'exit');
  };

  test('opens are shed and counted, each exec is seen, and afterwards all is seen again', async () => {
    const { seen, source, counted } = watching('shed.open');
    await using _: AsyncDisposable = { [Symbol.asyncDispose]: () => source.close() };
    const [one, two] = [begin('files', folder, '0'), begin('files', folder, '0')];
    await until(() => counted('shed.open') >= 100);
    await executed(300);
    await Promise.all([one.stop(), two.stop()]);
    seen.held = 0;
    await until(() => seen.execs.size === 300);
    assert.equal(counted('ring.full'), 0);
    assert.equal(counted('shed.network') + counted('shed.access') + counted('shed.life'), 0);
    // Back without anybody's help: of a folder full of new files each one is told. Another storm on this machine may need another try.
    for (let tries = 0; ; tries++) {
      const place = join(folder, `quiet-${tries}`);
      mkdirSync(place);
      const shed = counted('shed.open');
      await run('files', place, '500');
      await until(
        () => counted('shed.open') > shed || [...seen.opens].filter(path => path.startsWith(place)).length >= 500,
      );
      if (counted('shed.open') === shed) break;
    }
  });

  test('a storm of connections leaves room for each exec', async () => {
    const { seen, source, counted } = watching('shed.network');
    await using _: AsyncDisposable = { [Symbol.asyncDispose]: () => source.close() };
    const [one, two] = [begin('connections', '0'), begin('connections', '0')];
    await until(() => counted('shed.network') >= 100);
    await executed(200);
    await Promise.all([one.stop(), two.stop()]);
    seen.held = 0;
    await until(() => seen.execs.size === 200);
    assert.equal(counted('ring.full'), 0);
    assert.ok(counted('shed.life') > 0, 'ends of connections are shed before connections');
  });
});
