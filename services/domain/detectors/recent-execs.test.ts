import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Process } from '../events/event.ts';
import { type ExecId, micros } from '../events/ids.ts';
import { RecentExecs } from './recent-execs.ts';

const process = (...args: string[]) =>
  ({
    execId: `b:${args.join(' ')}:1` as ExecId,
    exe: `/usr/bin/${args[0]}`,
    args,
    parent: undefined,
  }) as unknown as Process;
const names = (recent: RecentExecs) => recent.snapshot().map(({ args }) => args.join(' '));

function busy(recent: RecentExecs, times: number): void {
  for (let i = 0; i < times; i++) recent.add(process('true', `${i}`), micros(1_000 + i));
}

test('the newest 64 executions are kept', () => {
  const recent = new RecentExecs();
  busy(recent, 100);
  assert.deepEqual([names(recent).length, names(recent)[0], names(recent).at(-1)], [64, 'true 36', 'true 99']);
});

test('who may have taken the sensor’s sight is still known after hundreds of other programs, and after a restart', () => {
  const recent = new RecentExecs();
  recent.add(process('date', '--set', 'yesterday'), micros(1));
  recent.add(process('ls', '/etc'), micros(2));
  recent.add(process('vi', '/etc/monitoringAgent.conf'), micros(3));
  busy(recent, 500);
  const telling = ['date --set yesterday', 'vi /etc/monitoringAgent.conf'];
  assert.deepEqual(names(recent).slice(0, 3), [...telling, 'true 436']);
  const restored = new RecentExecs(recent.snapshot());
  busy(restored, 500);
  assert.deepEqual(names(restored).slice(0, 2), telling);
  assert.equal(names(restored).length, 66);
});

test('deeds against the agent are kept beside the executions, of each process the newest, and survive a restart', () => {
  const recent = new RecentExecs();
  for (let i = 0; i < 100; i++) recent.did('config-written', process('vi', `${i % 20}`), micros(i));
  busy(recent, 500);
  for (const seen of [recent, new RecentExecs(recent.snapshot())]) {
    const deeds = seen.snapshot().filter(({ deed }) => deed !== undefined);
    assert.deepEqual(
      deeds.map(({ time }) => time),
      Array.from({ length: 16 }, (_, i) => 84 + i),
    );
    assert.equal(seen.snapshot().length, 64 + 16);
  }
});

test('whoever executes such commands all the time makes it no longer', () => {
  const recent = new RecentExecs();
  for (let i = 0; i < 1000; i++) recent.add(process('kill', `${i}`), micros(i));
  assert.equal(names(recent).length, 96);
});
