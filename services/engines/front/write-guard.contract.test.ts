import assert from 'node:assert/strict';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { mountSmallDisk } from '../../../agent/spool/small-disk.fixture.ts';
import { prepareClickHouse } from '../clickhouse.ts';
import { freePort } from '../free-port.ts';
import { WatchedChild } from '../watched-child.ts';

const quiet = () => undefined;
const rowsOfAPart = 50_000;

test('the disk runs full while parts are merged: the engine ends, and has every row when it is back', async t => {
  const disk = mountSmallDisk(256 << 10);
  if (disk === undefined) return t.skip('mounting a small file system needs root');
  const { url, user, password, spec } = prepareClickHouse(disk.folder, await freePort());
  const engine = await WatchedChild.start(spec, { error: quiet, warn: quiet, info: quiet, debug: quiet });
  const ask = async (sql: string): Promise<string> => {
    const headers = { 'x-clickhouse-user': user, 'x-clickhouse-key': password };
    const answer = await fetch(url, { method: 'POST', headers, body: sql });
    const text = (await answer.text()).trim();
    assert.equal(answer.status, 200, text);
    return text;
  };
  try {
    await ask('CREATE TABLE kept (a String CODEC(ZSTD(15))) ENGINE = MergeTree ORDER BY tuple()');
    await ask('SYSTEM STOP MERGES kept');
    const parts = 4;
    for (let part = 0; part < parts; part++)
      await ask(`INSERT INTO kept SELECT randomPrintableASCII(100) FROM numbers(${rowsOfAPart})`);
    const died = new Promise<string>(resolve => engine.once('down', resolve));
    const back = new Promise<void>(resolve => engine.once('up', () => resolve()));
    await ask('SYSTEM START MERGES kept');
    const merged = ask('OPTIMIZE TABLE kept FINAL').then(() => 'merged', String);
    while (!isMerging(disk.folder)) await delay(1);
    disk.leave(0);
    const outcome = await Promise.race([died, merged.then(end => delay(2_000, end))]);
    disk.clear();
    assert.match(outcome, /^code 74: the disk under \S+ is full.*could not be written: No space left on device/);
    await back;
    assert.equal(
      await ask('SELECT count(), sum(length(a)) FROM kept'),
      `${parts * rowsOfAPart}\t${100 * parts * rowsOfAPart}`,
    );
    assert.equal(await ask('CHECK TABLE kept SETTINGS check_query_single_value_result = 1'), '1');
  } finally {
    await engine.close();
    disk.unmount();
  }
});

function isMerging(folder: string): boolean {
  const table = join(folder, 'clickhouse', 'data', 'data', 'default', 'kept');
  return readdirSync(table).some(name => name.startsWith('tmp_merge_'));
}
