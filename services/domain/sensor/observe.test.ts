import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Heartbeat, PreviousEnd } from '@picket/proto';
import type { Micros } from '../events/ids.ts';
import { sensorDetectors } from './observe.ts';
import { after, boot, first, running, second, testStories } from './story.fixture.ts';

testStories([{ why: 'a quiet sensor', steps: [first, { at: 10, fields: { heartbeat: running } }], finds: {} }]);

test('a batch that comes again, or is older than the newest, finds nothing', () => {
  const lossy = { at: 10, fields: { losses: [{ name: 'ring.full', count: 9 }] } };
  assert.equal(after([first, lossy, lossy]), undefined);
  assert.equal(after([first, lossy, { at: 5 }]), undefined);
});

test('what the moment of a boot gave is told from what another gave', () => {
  const { findings } = after([first, { at: 10, missing: 1, fields: { losses: [{ name: 'ring.full', count: 9 }] } }])!;
  assert.deepEqual(
    findings.map(({ stream, sequence }) => [stream, sequence]),
    findings.map(() => [boot, 110 * second]),
  );
});

test('whatever an agent says about itself, there are findings that can be kept', () => {
  const odd = { pid: 2 ** 32 - 1, program: '\0'.repeat(9000), command: 'x'.repeat(1e5), user: '', startTicks: 2 ** 52 };
  const wild: Heartbeat = {
    startedMicros: Number.MAX_SAFE_INTEGER,
    stalledMicros: Number.MAX_SAFE_INTEGER,
    stopping: { signal: 4_000_000_000, lineage: new Array(500).fill(odd) },
    previous: { end: PreviousEnd.KILLED, aliveMicros: Number.MAX_SAFE_INTEGER, by: { signal: 0, lineage: [odd] } },
    hooks: new Array(70).fill({ name: 'n'.repeat(999), attached: false, reason: 'r'.repeat(1e4) }),
    hooksLost: [{ name: '', times: 4_000_000_000, atMicros: Number.MAX_SAFE_INTEGER }],
    options: Object.fromEntries(Array.from({ length: 500 }, (_, i) => [`${i}`.repeat(50), '\0'])),
  };
  const { findings, record } = after([first, { at: 10, fields: { heartbeat: wild } }])!;
  assert.ok(findings.length > 3);
  for (const { time, deviation, evidence, blind } of findings) {
    assert.ok(deviation.length <= 400 && !deviation.includes('\0'));
    assert.ok(JSON.stringify(evidence).length < 500_000);
    for (const at of [time, blind?.from, blind?.until])
      assert.ok(at === undefined || Number.isSafeInteger(at as Micros));
  }
  assert.ok(JSON.stringify(record).length < 50_000);
});

test('the detectors have ids of their own in the family sensor', () => {
  const ids = sensorDetectors.map(({ id }) => id);
  assert.equal(new Set(ids).size, ids.length);
  for (const id of ids) assert.match(id, /^sensor\.[a-z-]+$/);
});
