import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { BootId, EndpointId, Micros } from '../events/ids.ts';
import { explainSilence, type Heard, hearingSince, judgeSilence, type Reception } from './silent.ts';

const second = 1_000_000;
/** Seconds since some day. */
const at = (seconds: number) => ((1_790_000_000 + seconds) * second) as Micros;
const always: Reception[] = [{ from: at(-100_000), until: at(100_000) }];
const host: Heard = {
  endpoint: '018f0000-0000-7000-8000-000000000001' as EndpointId,
  lastSeen: at(0),
  boot: '01010101-0101-0101-0101-010101010101' as BootId,
  intervalMillis: 10_000,
  suspendedMicros: 0,
  stopping: false,
};

const table: { why: string; heard?: Partial<Heard>; receptions?: Reception[]; now: number; silent: boolean }[] = [
  { why: 'heard a moment ago', now: 5, silent: false },
  { why: 'just before the third heartbeat is missing', now: 29, silent: false },
  { why: 'the third heartbeat is missing', now: 30, silent: true },
  { why: 'it beats slowly', heard: { intervalMillis: 60_000 }, now: 170, silent: false },
  { why: 'it beats slowly, and three are missing', heard: { intervalMillis: 60_000 }, now: 181, silent: true },
  { why: 'an interval that makes no sense', heard: { intervalMillis: 4e9 }, now: 4 * 3600, silent: true },
  { why: 'it said that it ends', heard: { stopping: true }, now: 999, silent: false },
  { why: 'nobody listens', receptions: [], now: 999, silent: false },
  { why: 'nobody has listened for a minute', receptions: [{ from: at(-9), until: at(940) }], now: 999, silent: false },
  {
    why: 'the server was down and is back for a minute',
    receptions: [
      { from: at(-9), until: at(10) },
      { from: at(900), until: at(999) },
    ],
    now: 960,
    silent: false,
  },
  {
    why: 'the server was down and has listened long enough since',
    receptions: [
      { from: at(-9), until: at(10) },
      { from: at(900), until: at(999) },
    ],
    now: 995,
    silent: true,
  },
  {
    why: 'one ingress took over from another',
    receptions: [
      { from: at(-9), until: at(10) },
      { from: at(12), until: at(40) },
    ],
    now: 40,
    silent: true,
  },
];

for (const { why, heard, receptions, now, silent } of table) {
  test(`silence: ${why}`, () => {
    const found = judgeSilence({ ...host, ...heard }, receptions ?? always, at(now));
    assert.equal(found !== undefined, silent);
  });
}

test('one silence is the same finding whoever judges it, and whenever', () => {
  const [early, late] = [40, 400].map(now => judgeSilence(host, always, at(now))!);
  assert.deepEqual([early!.stream, early!.sequence], [late!.stream, late!.sequence]);
  assert.deepEqual(early!.blind, { from: at(0), until: undefined, lost: 0 });
});

test('a host that is suspended at times is no great alarm', () => {
  const laptop = judgeSilence({ ...host, suspendedMicros: 3600 * second }, always, at(60))!;
  assert.equal(laptop.severity, 'low');
  assert.equal(judgeSilence(host, always, at(60))!.severity, 'high');
});

test('several processes of ingress hear without a break while one of them does', () => {
  const shift = (from: number, until: number) => ({ from: at(from), until: at(until) });
  assert.equal(hearingSince([shift(0, 50), shift(40, 90), shift(85, 100)], at(100)), at(0));
  assert.equal(hearingSince([shift(0, 50), shift(70, 100)], at(100)), at(70));
  assert.equal(hearingSince([shift(0, 50)], at(100)), undefined);
});

test('after a silence the first heartbeat tells what it was', () => {
  const before = { boot: 'a', started: 1, suspended: 0, stalled: 0 };
  const lasted = 100 * second;
  const said = (more: object) => explainSilence(before, { ...before, ...more }, lasted);
  assert.equal(said({ boot: 'b' }), 'The host was started anew.');
  assert.equal(said({ started: 2 }), 'The agent was started anew.');
  assert.equal(said({ suspended: 95 * second }), 'The host was suspended.');
  assert.equal(said({ stalled: 95 * second }), 'The agent was held up.');
  assert.match(said({ suspended: 5 * second }), /could not reach the server/);
});
