import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { NameHeard, Network } from '../sensor/event.ts';
import { Lookups } from './lookups.ts';
import { answer, question } from './message.fixture.ts';

const second = 1_000_000;
const server = '\x7f\0\0\x35';
const address = '\xc0\0\x02\x01';

const heard = (message: Buffer, isAnswer: boolean, time = 0, pid = 10): NameHeard => ({
  ...{ kind: 'name-heard', time, pid, startTicks: 5, count: 1, family: 4, remoteAddress: server, remotePort: 53 },
  ...{ isAnswer, message },
});
const asks = (name: string, time = 0, id = 1) => heard(question(name, 1, id), false, time);
const hears = (name: string, time = 0, code = 0) =>
  heard(answer(name, 1, code === 0 ? [{ address }] : [], code), true, time);
const connection = (pid = 10): Network => ({
  ...{ kind: 'connect', time: 0, pid, startTicks: 5, count: 1, family: 4, protocol: 6, what: 0, result: 0 },
  ...{ localAddress: '', localPort: 0, remoteAddress: address, remotePort: 443, domain: '' },
});

test('an answer is told with who was asked and the address, and names the connections that follow', () => {
  const lookups = new Lookups();
  assert.equal(lookups.hear(asks('a.example'), false), undefined);
  const told = lookups.hear(hears('a.example'), false);
  assert.deepEqual(
    [told?.kind, told?.domain, told?.localAddress, told?.remoteAddress, told?.remotePort, told?.result],
    ['resolve', 'a.example', address, server, 53, 0],
  );
  assert.equal(lookups.nameOf(connection()), 'a.example');
  assert.equal(lookups.nameOf(connection(11)), '');
  assert.deepEqual(lookups.due(10 * second), []);
});

test('a name that does not exist is told as such, and names nothing', () => {
  const lookups = new Lookups();
  assert.equal(lookups.hear(hears('no.example', 0, 3), false)?.result, -2);
  assert.equal(lookups.hear(hears('bad.example', 0, 2), false)?.result, -5);
  assert.equal(lookups.nameOf(connection()), '');
});

test('a question that nobody answers is told after five seconds', () => {
  const lookups = new Lookups();
  lookups.hear(asks('lost.example'), false);
  assert.deepEqual(lookups.due(5 * second - 1), []);
  assert.deepEqual(
    lookups.due(5 * second).map(({ domain, result }) => [domain, result]),
    [['lost.example', -110]],
  );
  assert.deepEqual(lookups.due(9 * second), []);
});

test('what repeats within a minute is counted, to the last one', () => {
  const lookups = new Lookups();
  let told = 0;
  for (let i = 0; i < 50; i++) told += lookups.hear(hears('again.example', i * second), false)?.count ?? 0;
  assert.equal(told, 1);
  assert.deepEqual(lookups.due(59 * second), []);
  assert.deepEqual(
    lookups.due(60 * second).map(({ domain, count }) => [domain, count]),
    [['again.example', 49]],
  );
});

test('whoever asks for a hundred thousand names at once loses none of them and no memory', () => {
  const lookups = new Lookups();
  const total = 100_000;
  let told = 0;
  for (let i = 0; i < total; i++) {
    lookups.hear(asks(`n${i}.example`, 0, i & 0xffff), false);
    if (i % 1_000 === 0) told += lookups.due(0).length;
  }
  told += lookups.due(5 * second).length;
  assert.equal(told, total);
});

test('what is no message, or says that it is something else than it is, is left alone', () => {
  const lookups = new Lookups();
  assert.equal(lookups.hear(heard(Buffer.from('rubbish'), true), false), undefined);
  assert.equal(lookups.hear(heard(answer('a.example', 1, [{ address }]), false), false), undefined);
  assert.deepEqual([lookups.due(10 * second), lookups.nameOf(connection())], [[], '']);
});
