import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Close } from '../sensor/event.ts';
import { Closes } from './closes.ts';

const second = 1_000_000;
const close = (fields: Partial<Close> = {}): Close => ({
  ...{
    kind: 'close',
    time: 0,
    pid: 10,
    startTicks: 5,
    count: 1,
    family: 4,
    protocol: 6,
    what: 0,
    result: 0,
    domain: '',
  },
  ...{ localAddress: '\x7f\0\0\x01', localPort: 40_000, remoteAddress: '\x7f\0\0\x02', remotePort: 443 },
  ...{ accepted: false, sent: 10, received: 100, runMicros: 1_000 },
  ...fields,
});
const facts = (events: readonly Close[]) =>
  events.map(({ count, sent, received, runMicros }) => [count, sent, received, runMicros]);

test('the first end is told at once, the others of ten seconds together with what they carried', () => {
  const closes = new Closes();
  assert.deepEqual(facts([closes.add(close())!]), [[1, 10, 100, 1_000]]);
  for (let i = 1; i <= 3; i++) {
    const event = close({ time: i * second, localPort: 40_000 + i, runMicros: i * 2_000 });
    assert.equal(closes.add(event), undefined);
  }
  assert.deepEqual(closes.due(10 * second - 1, false), []);
  assert.deepEqual(facts(closes.due(10 * second, false)), [[3, 30, 300, 6_000]]);
  assert.deepEqual(closes.due(30 * second, true), []);
  assert.ok(closes.add(close({ time: 11 * second })), 'a new window');
});

test('a clock that goes back holds nothing up', () => {
  const closes = new Closes();
  closes.add(close({ time: 3_600 * second }));
  closes.add(close({ time: 3_600 * second }));
  assert.deepEqual(facts(closes.due(0, false)), [[1, 10, 100, 1_000]]);
});

test('other processes, hosts, services and directions are told apart', () => {
  const closes = new Closes();
  const others: Partial<Close>[] = [
    {},
    { pid: 11 },
    { startTicks: 6 },
    { remotePort: 444 },
    { remoteAddress: '\x7f\0\0\x03' },
    { accepted: true },
  ];
  for (const fields of others) assert.ok(closes.add(close(fields)));
  assert.equal(closes.add(close({ accepted: true, remotePort: 50_000 })), undefined, 'a client’s port is no service');
});

test('a hundred thousand ends at once are all told or counted', () => {
  const closes = new Closes();
  let told = 0;
  for (let i = 0; i < 100_000; i++) told += closes.add(close({ remotePort: i % 30_000 }))?.count ?? 0;
  for (const { count } of closes.due(0, true)) told += count;
  assert.equal(told, 100_000);
});
