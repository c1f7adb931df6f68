import assert from 'node:assert/strict';
import { generateKeyPairSync } from 'node:crypto';
import { test } from 'node:test';
import { type Command, signCommand } from '@picket/proto';
import { judge } from './judge.ts';

const { privateKey, publicKey } = generateKeyPairSync('ed25519');
const endpoint = '018f0000-0000-7000-8000-000000000001';
const now = 1_800_000_000;
const circumstances = { key: publicKey, endpoint, serial: 100, nowSeconds: now };
const command: Command = {
  ...{ id: '7b1f6a1e-0000-4000-8000-000000000001', endpoint, serial: 101 },
  ...{ issued: now, expires: now + 600, action: { kind: 'release' } },
};

const judged = (change: Partial<Command>, key = privateKey) => {
  const judgement = judge(signCommand({ ...command, ...change }, key), circumstances);
  return [judgement.kind, 'why' in judgement ? judgement.why : ''] as const;
};

const cases: readonly [sentence: string, change: Partial<Command>, kind: string, why: RegExp][] = [
  ['of the server, for this endpoint, new and in time: obeyed', {}, 'obey', /^$/],
  ['in its last second', { expires: now + 1 }, 'obey', /^$/],
  ['expired', { expires: now }, 'late', /expired 0 s before/],
  ['expired an hour ago', { expires: now - 3600 }, 'late', /expired 3600 s before/],
  ['issued by a clock that is a little ahead', { issued: now + 300 }, 'obey', /^$/],
  ['issued in the future', { issued: now + 301 }, 'late', /301 s in this host's future/],
  ['for another endpoint', { endpoint: '018f0000-0000-7000-8000-000000000002' }, 'refuse', /is for endpoint 018f.*2$/],
  ['the serial that was met last', { serial: 100 }, 'again', /serial 100 was met before, this is a replay/],
  ['an earlier serial', { serial: 99 }, 'again', /replay/],
  ['expired and met before', { serial: 99, expires: now - 1 }, 'again', /replay/],
];
for (const [sentence, change, kind, why] of cases) {
  test(`a command: ${sentence}`, () => {
    const [found, reason] = judged(change);
    assert.equal(found, kind);
    assert.match(reason, why);
  });
}

test('a command signed by another key is not obeyed, whatever it says', () => {
  const [kind, why] = judged({}, generateKeyPairSync('ed25519').privateKey);
  assert.equal(kind, 'refuse');
  assert.match(why, /signature is not one of the server’s command key/);
});
