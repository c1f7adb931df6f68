import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { AgentStatus } from '../health/status.ts';
import { describeStatus } from './status.ts';

const status: AgentStatus = {
  ...{ pid: 7, version: '0', endpoint: 'e', name: 'host', api: 'http://server/submit_logs', startedAt: 0 },
  sending: { state: 'connected', lastAcceptedAt: 1000, trouble: undefined, acceptedEvents: 5 },
  eventsSeen: 9,
  queue: { events: 0, batches: 0, eventsInMemory: 0, spoolBytes: 0, spoolCapacity: 2 ** 30 },
  processes: 3,
  losses: {},
  hooks: [{ name: 'file', attached: true, reason: '', lost: 0 }],
  fallbacks: [],
  isolation: null,
  rssBytes: 2 ** 26,
  cpuMicros: 1000,
};

test('what was shed in a storm is told by class, apart from what was lost', () => {
  const losses = { 'args.cut': 2, 'shed.open': 1200, 'shed.sample': 30 };
  const lines = describeStatus({ ...status, losses }, 60_000).split('\n');
  assert.ok(lines.includes('Lost       args.cut 2'), lines.join('\n'));
  assert.ok(lines.includes('Shed       open 1200, sample 30'), lines.join('\n'));
});

test('where nothing was lost or shed, status says so', () => {
  const text = describeStatus(status, 60_000);
  assert.match(text, /^Lost {7}nothing$/m);
  assert.match(text, /^Shed {7}nothing$/m);
});

test('what an old kernel has the sensor do in another way is named', () => {
  const fallbacks = ['memory by helpers', 'no folding'];
  const lines = describeStatus({ ...status, fallbacks }, 60_000).split('\n');
  assert.deepEqual(lines.slice(-2), ['Fallbacks  memory by helpers', '           no folding']);
});
