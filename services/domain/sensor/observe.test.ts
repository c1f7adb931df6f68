import assert from 'node:assert/strict';
import { test } from 'node:test';
import { EventBatch, type EventBatchFields, type Heartbeat, PreviousEnd } from '@picket/proto';
import type { RecentExec } from '../detectors/recent-execs.ts';
import { decodeBatch } from '../events/batch.ts';
import { type BootId, execId, type Micros, micros } from '../events/ids.ts';
import type { SensorRecord } from './observation.ts';
import { observe, sensorDetectors } from './observe.ts';

const epoch = 1_790_000_000_000_000;
const second = 1_000_000;
const hooks = [
  { name: 'file', attached: true },
  { name: 'network', attached: true },
];
const options = { api: 'aa', spool_size: 'bb' };
const running: Heartbeat = { startedMicros: epoch, intervalMillis: 10_000, hooks, options };
const shell = { pid: 40, program: '/usr/bin/bash', command: '-bash', user: 'ada', startTicks: 7 };
const kill = { pid: 41, program: '/usr/bin/kill', command: 'kill -9 39', user: 'ada', startTicks: 9 };

/** A batch `at` seconds after the agent's start, on a host that had been up for 100 s then. */
function batch(at: number, fields: EventBatchFields = {}, shift = 0) {
  const decoded = decodeBatch(
    EventBatch.encode({
      endpointId: '018f0000-0000-7000-8000-000000000001',
      bootId: Buffer.alloc(16, 1),
      streamId: Buffer.alloc(8, 2),
      firstSequence: 100,
      agentVersion: '0',
      clock: { wallMicros: epoch + (at + shift) * second, bootMicros: (100 + at) * second },
      ...fields,
    }).finish(),
  );
  assert.ok(decoded.ok);
  return decoded.batch;
}

interface Step {
  readonly at: number;
  readonly fields?: EventBatchFields;
  readonly missing?: number;
  /** Seconds that the wall clock is ahead of what it was. */
  readonly shift?: number;
}

const boot = '01010101-0101-0101-0101-010101010101' as BootId;
const executed = (at: number, ...args: string[]): RecentExec => ({
  time: micros(epoch + at * second),
  execId: execId(boot, 77, 5),
  parent: undefined,
  exe: `/usr/bin/${args[0]}`,
  args,
});

/** What the last of the steps finds. */
function after(steps: readonly Step[], recent: readonly RecentExec[] = []) {
  let before: SensorRecord | undefined;
  let last: ReturnType<typeof observe>;
  for (const { at, fields, missing = 0, shift = 0 } of steps) {
    last = observe({ batch: batch(at, fields, shift), before, missing, recent });
    before = last?.record ?? before;
  }
  return last;
}

const first: Step = { at: 0, fields: { heartbeat: running } };
const newRun = (at: number, more: Heartbeat = {}) => ({
  at,
  fields: { heartbeat: { ...running, startedMicros: epoch + at * second, ...more } },
});

const table: { why: string; steps: Step[]; recent?: RecentExec[]; finds: Record<string, RegExp> }[] = [
  { why: 'a quiet sensor', steps: [first, { at: 10, fields: { heartbeat: running } }], finds: {} },
  {
    why: 'numbers were skipped',
    steps: [first, { at: 10, missing: 12 }],
    finds: { 'sensor.gap': /^12 events between two batches .* never arrived$/ },
  },
  {
    why: 'one number was skipped',
    steps: [first, { at: 10, missing: 1 }],
    finds: { 'sensor.gap': /^1 event between two batches/ },
  },
  {
    why: 'the ring was full',
    steps: [first, { at: 10, fields: { losses: [{ name: 'ring.full', count: 9 }] } }],
    finds: { 'sensor.loss': /^9 events were lost: the buffer between kernel and agent was full$/ },
  },
  {
    why: 'a counter that stands still',
    steps: [
      { at: 0, fields: { heartbeat: running, losses: [{ name: 'spool.full', count: 9 }] } },
      { at: 1, fields: { losses: [{ name: 'spool.full', count: 9 }] } },
    ],
    finds: {},
  },
  {
    why: 'a counter that began anew with the agent',
    steps: [
      { at: 0, fields: { heartbeat: running, losses: [{ name: 'spool.full', count: 9 }] } },
      { at: 1, fields: { losses: [{ name: 'spool.full', count: 4 }] } },
    ],
    finds: { 'sensor.loss': /^4 events/ },
  },
  {
    why: 'commands that were not the server’s, an isolation that somebody took away, and a witness that was killed',
    steps: [
      { at: 0, fields: { heartbeat: running, losses: [{ name: 'command.refused', count: 1 }] } },
      {
        at: 1,
        fields: {
          losses: [
            { name: 'command.refused', count: 3 },
            { name: 'isolation.lifted', count: 1 },
            { name: 'witness.lost', count: 2 },
          ],
        },
      },
    ],
    finds: {
      'sensor.command-refused': /None was obeyed$/,
      'sensor.isolation-lifted': /^The kernel programs that isolate this host were taken away/,
      'sensor.witness-lost': /^The process that notes who kills the agent was killed itself/,
    },
  },
  {
    why: 'cut text, and what is sampled away by design, is not lost',
    steps: [first, { at: 1, fields: { losses: ['args.cut', 'sample.lost'].map(name => ({ name, count: 1e6 })) } }],
    finds: {},
  },
  {
    why: 'good-bye, and who sent the signal',
    steps: [first, { at: 5, fields: { heartbeat: { ...running, stopping: { signal: 15, lineage: [shell, kill] } } } }],
    finds: { 'sensor.stopped': /^The agent was stopped with SIGTERM by kill \(pid 41, ada\)$/ },
  },
  {
    why: 'good-bye by systemd, which was asked to',
    steps: [
      first,
      {
        at: 5,
        fields: {
          heartbeat: {
            ...running,
            stopping: { signal: 15, lineage: [{ pid: 1, program: '/usr/lib/systemd/systemd' }] },
          },
        },
      },
    ],
    recent: [executed(4, 'systemctl', 'stop', 'monitoringAgent.service')],
    finds: { 'sensor.stopped': /by systemd \(pid 1\), after: systemctl stop monitoringAgent\.service$/ },
  },
  {
    why: 'good-bye for good, and who wanted it so',
    steps: [first, { at: 5, fields: { heartbeat: { ...running, stopping: { signal: 15 }, uninstalling: true } } }],
    recent: [executed(3, 'dpkg', '--remove', 'picket-agent'), executed(4, 'systemctl', 'stop', 'monitoringAgent')],
    finds: { 'sensor.uninstalled': /^The agent is being uninstalled: dpkg --remove picket-agent$/ },
  },
  {
    why: 'good-bye for good by the script',
    steps: [first, { at: 5, fields: { heartbeat: { ...running, stopping: {}, uninstalling: true } } }],
    recent: [executed(3, 'bash', './install.sh', 'agent', '--uninstall')],
    finds: { 'sensor.uninstalled': /: bash \.\/install\.sh agent --uninstall$/ },
  },
  {
    why: 'good-bye with the host',
    steps: [first, { at: 5, fields: { heartbeat: { ...running, stopping: { signal: 15 } } } }],
    recent: [executed(4, 'systemctl', 'reboot')],
    finds: { 'sensor.stopped': /^The host is going down/ },
  },
  {
    why: 'killed, and who did it',
    steps: [
      first,
      newRun(20, {
        previous: { end: PreviousEnd.KILLED, aliveMicros: epoch + second, by: { signal: 9, lineage: [shell, kill] } },
      }),
    ],
    finds: { 'sensor.killed': /^The agent was killed with SIGKILL by kill \(pid 41, ada\)$/ },
  },
  {
    why: 'killed, and nobody knows by whom',
    steps: [first, newRun(20, { previous: { end: PreviousEnd.KILLED } })],
    finds: { 'sensor.killed': /without a word while the host ran on/ },
  },
  {
    why: 'how the run before ended is found once',
    steps: [
      first,
      newRun(20, { previous: { end: PreviousEnd.KILLED } }),
      { ...newRun(20, { previous: { end: PreviousEnd.KILLED } }), at: 30 },
    ],
    finds: {},
  },
  {
    why: 'the host lost its power',
    steps: [first, newRun(20, { previous: { end: PreviousEnd.HOST_DOWN } })],
    finds: { 'sensor.host-down': /went down under its agent/ },
  },
  {
    why: 'a boot without an agent for an hour',
    steps: [first, { at: 4000, fields: { ...newRun(3900).fields, bootId: Buffer.alloc(16, 9) } }],
    finds: { 'sensor.late-start': /^The host ran for 67 minutes after its boot/ },
  },
  {
    why: 'a first start, long after the boot',
    steps: [{ at: 4000, fields: newRun(3900).fields }],
    finds: {},
  },
  {
    why: 'the spool was removed',
    steps: [first, { ...newRun(20, { previous: { end: PreviousEnd.NONE } }), at: 21 }],
    finds: { 'sensor.spool-lost': /its spool was removed/ },
  },
  {
    why: 'a new stream on the same boot',
    steps: [first, { at: 20, fields: { streamId: Buffer.alloc(8, 7) } }],
    finds: { 'sensor.new-stream': /numbers its events anew/ },
  },
  {
    why: 'a new stream after a boot is as it should be',
    steps: [first, { at: 20, fields: { streamId: Buffer.alloc(8, 7), bootId: Buffer.alloc(16, 9) } }],
    finds: {},
  },
  {
    why: 'the clock was set back',
    steps: [first, { at: 20, shift: -3600 }],
    recent: [executed(19, 'date', '-s', 'yesterday')],
    finds: { 'sensor.clock-jump': /^The clock was set back by 3600 s, after: date -s yesterday$/ },
  },
  {
    why: 'the clock was set forward, and a busy host says so a minute later',
    steps: [first, { at: 80, shift: 100 }],
    recent: [executed(5, 'date', '-s', 'tomorrow')],
    finds: { 'sensor.clock-jump': /^The clock was set forward by 100 s, after: date -s tomorrow$/ },
  },
  {
    why: 'the clock was set, and who did it was seen',
    steps: [first, { at: 20, shift: -3600 }],
    recent: [{ ...executed(10, 'python3', 'x.py'), deed: 'clock-set' }, executed(19, 'date', '-s', 'yesterday')],
    finds: { 'sensor.clock-jump': /^The clock was set back by 3600 s, after: python3 x.py$/ },
  },
  { why: 'a time daemon turns the clock slowly', steps: [first, { at: 20, shift: 0.01 }], finds: {} },
  {
    why: 'another configuration',
    steps: [first, newRun(20, { options: { api: 'aa', spool_size: 'cc', masking: 'dd' } })],
    finds: { 'sensor.config-changed': /: masking, spool_size$/ },
  },
  {
    why: 'another configuration, and who had the file in hand',
    steps: [first, newRun(600, { options: { api: 'aa', spool_size: 'cc' } })],
    recent: [
      executed(10, 'vi', '/etc/monitoringAgent.conf'),
      executed(590, 'cat', '/etc/monitoringAgent.conf'),
      executed(595, 'systemctl', 'restart', 'monitoringAgent'),
    ],
    finds: { 'sensor.config-changed': /: spool_size, after: vi \/etc\/monitoringAgent\.conf$/ },
  },
  {
    why: 'another configuration, and who was seen to write it, whatever the command lines of others say',
    steps: [first, newRun(600, { options: { api: 'aa', spool_size: 'cc' } })],
    recent: [
      { ...executed(20, 'python3', 'x.py'), deed: 'config-written' },
      executed(30, 'vi', '/etc/monitoringAgent.conf'),
    ],
    finds: { 'sensor.config-changed': /: spool_size, after: python3 x\.py$/ },
  },
  {
    why: 'killed by nobody’s signal, after a debugger had it',
    steps: [first, newRun(20, { previous: { end: PreviousEnd.KILLED, aliveMicros: epoch + second } })],
    recent: [{ ...executed(1, 'gdb', '-p', '39'), deed: 'agent-accessed' }],
    finds: { 'sensor.killed': /or a crash, after gdb -p 39 laid hands on it$/ },
  },
  {
    why: 'held up by nobody’s signal, while a debugger had it',
    steps: [first, { at: 60, fields: { heartbeat: { ...running, stalledMicros: 45 * second } } }],
    recent: [{ ...executed(10, 'gdb', '-p', '39'), deed: 'agent-accessed' }],
    finds: { 'sensor.stalled': /or starved, after gdb -p 39 laid hands on it$/ },
  },
  {
    why: 'a storm in which opens were left out, so that executions were not',
    steps: [
      first,
      {
        at: 10,
        fields: {
          losses: [
            { name: 'shed.open', count: 5000 },
            { name: 'shed.sample', count: 90 },
          ],
        },
      },
    ],
    finds: { 'sensor.loss': /^5000 events were lost: in a storm opens of files were left out$/ },
  },
  {
    why: 'a hook that was attached is not',
    steps: [
      first,
      { at: 10, fields: { heartbeat: { ...running, hooks: [hooks[0]!, { name: 'network', reason: 'gone' }] } } },
    ],
    finds: { 'sensor.hook-missing': /^The kernel program network was attached and is not any more$/ },
  },
  {
    why: 'a hook that was never there is told once',
    steps: [
      { at: 0, fields: { heartbeat: { ...running, hooks: [{ name: 'network', reason: 'no' }] } } },
      { at: 10, fields: { heartbeat: { ...running, hooks: [{ name: 'network', reason: 'no' }] } } },
    ],
    finds: {},
  },
  {
    why: 'a hook was detached and put back',
    steps: [first, { at: 10, fields: { heartbeat: { ...running, hooksLost: [{ name: 'file', times: 1 }] } } }],
    finds: { 'sensor.hook-detached': /^The kernel program file was detached/ },
  },
  {
    why: 'the agent was stopped in its tracks',
    steps: [
      first,
      {
        at: 60,
        fields: {
          heartbeat: { ...running, stalledMicros: 45 * second, stalledBy: { signal: 19, lineage: [shell, kill] } },
        },
      },
    ],
    finds: { 'sensor.stalled': /^The agent was stopped in its tracks for 45 s by kill \(pid 41, ada\)$/ },
  },
  {
    why: 'a busy host',
    steps: [first, { at: 60, fields: { heartbeat: { ...running, stalledMicros: 5 * second } } }],
    finds: {},
  },
];

for (const { why, steps, recent, finds } of table) {
  test(`the sensor: ${why}`, () => {
    const found = after(steps, recent)!.findings;
    assert.deepEqual(
      found.map(({ detector }) => detector),
      Object.keys(finds),
    );
    for (const [detector, reason] of Object.entries(finds))
      assert.match(found.find(each => each.detector === detector)!.evidence.reason, reason);
  });
}

const counted = (at: number, count: number, name = 'pending.full'): Step => ({
  at,
  fields: { losses: [{ name, count }] },
});
const reasons = (seen: ReturnType<typeof after>) => seen!.findings.map(({ evidence }) => evidence.reason);

test('a loss that is small in each batch and goes on is told within the minute, once for what was lost', () => {
  const steady = Array.from({ length: 12 }, (_, i) => counted(i + 1, (i + 1) * 30));
  assert.deepEqual(reasons(after([first, ...steady.slice(0, 3)])), []);
  const told = after([first, ...steady.slice(0, 4)])!;
  assert.deepEqual(reasons(told), ['120 events were lost: the map of connections under way was full']);
  assert.deepEqual(told.findings[0]!.blind, { from: epoch, until: epoch + 4 * second, lost: 120 });
  assert.deepEqual(reasons(after([first, ...steady.slice(0, 5)])), []);
  assert.deepEqual(reasons(after([first, ...steady.slice(0, 8)])), reasons(told));
});

test('a little loss a minute is the price of a busy host, and a boot begins anew', () => {
  const slow = Array.from({ length: 10 }, (_, i) => counted(i * 40 + 1, (i + 1) * 45));
  for (let i = 1; i <= slow.length; i++) assert.deepEqual(reasons(after([first, ...slow.slice(0, i)])), [], `${i}`);
  const booted = { ...counted(3, 170), fields: { ...counted(3, 170).fields, bootId: Buffer.alloc(16, 9) } };
  assert.deepEqual(reasons(after([first, counted(1, 90), booted])).length, 1);
  const less = { ...booted, fields: { ...booted.fields, losses: [{ name: 'pending.full', count: 95 }] } };
  assert.deepEqual(reasons(after([first, counted(1, 90), less])), []);
});

test('what may have hidden something is told as incomplete, not as lost', () => {
  const seen = after([first, counted(1, 31, 'environment.cut')])!;
  assert.match(reasons(seen)[0]!, /^31 events came incomplete: .*LD_PRELOAD/);
  assert.equal(seen.findings[0]!.blind, undefined);
  assert.deepEqual(reasons(after([first, counted(1, 100, 'waiting.full')])), []);
});

test('a stop lasts until another run of the agent is heard', () => {
  const stop = { at: 5, fields: { heartbeat: { ...running, stopping: { signal: 15 } } } };
  const stopped = after([first, stop])!;
  assert.equal(stopped.findings[0]!.blind!.until, undefined);
  assert.deepEqual(stopped.record.blind, ['sensor.stopped']);
  const again = after([first, stop, newRun(50)])!;
  assert.deepEqual(again.over, [
    { endpoint: again.over[0]!.endpoint, detector: 'sensor.stopped', at: epoch + 50 * second },
  ]);
  assert.deepEqual(again.record.blind, []);
});

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
