import assert from 'node:assert/strict';
import { test } from 'node:test';
import { EventBatch, FileFlag } from '@picket/proto';
import fc from 'fast-check';
import { memoryAnalysisStore } from '../adapters/analysis-store/memory.ts';
import type { Finding } from '../domain/alerts/finding.ts';
import { families } from '../domain/baselines/baseline.ts';
import { type BaselinePolicy, defaultPolicy } from '../domain/baselines/policy.ts';
import { type Batch, decodeBatch } from '../domain/events/batch.ts';
import type { EndpointId } from '../domain/events/ids.ts';
import { rules } from '../domain/rules/index.ts';
import type { AnalysisStore } from '../ports/analysis-store.ts';
import { Analysis } from './analysis.ts';
import { defaultLimits, Residents } from './residents.ts';
import { SampleBatch, type SampleProcess } from './sample-batch.ts';

const endpoint = '018f0000-0000-7000-8000-00000000000a' as EndpointId;
const stream = '0102030405060708';
const start = 1_760_000_000_000_000;
const minute = 60_000_000;
/** Soon convinced. */
const quick: BaselinePolicy = { ...defaultPolicy, enforcedBelow: 0.1, enforcedMinutes: 5, enforcedSpan: 10 * minute };

const init: SampleProcess = { exe: '/usr/lib/systemd/systemd', pid: 1 };
const bash: SampleProcess = { exe: '/usr/bin/bash', parent: init, pid: 50 };
const cat: SampleProcess = { exe: '/usr/bin/cat', args: ['cat', '/etc/shadow'], parent: bash, pid: 51 };
const nginx: SampleProcess = { exe: '/usr/sbin/nginx', parent: init, pid: 60 };
const dpkg: SampleProcess = { exe: '/usr/bin/dpkg', parent: bash, pid: 70 };

function decode(sample: SampleBatch, firstSequence: number): Batch {
  const decoded = decodeBatch(sample.encode(endpoint, stream, firstSequence));
  assert.ok(decoded.ok, decoded.ok ? '' : decoded.detail);
  return decoded.batch;
}

async function analyse(analysis: Analysis, store: AnalysisStore, batch: Batch) {
  const view = analysis.view(batch);
  const missing = analysis.residents.missing(view.baselines());
  analysis.residents.admit(missing, await store.baselines(missing));
  if (!analysis.residents.hasEndpoint(endpoint)) {
    analysis.residents.admitEndpoint(endpoint, (await store.endpoints([endpoint]))[0], 0);
  }
  return analysis.analyse(view);
}

const open = (policy: BaselinePolicy = quick) => new Analysis(rules, new Residents(policy));
const none = memoryAnalysisStore(new Set([endpoint]));

/** nginx settles: two files, every minute for 40 minutes. Returns the next sequence number. */
async function settle(analysis: Analysis): Promise<number> {
  let sequence = 1;
  for (let i = 0; i < 40; i++) {
    const time = start + i * minute;
    const sample = new SampleBatch().opened(time, nginx, '/etc/nginx/a').opened(time, nginx, '/var/www/b');
    sample.executed(time, { exe: '/usr/bin/gzip', parent: nginx });
    const { findings } = await analyse(analysis, none, decode(sample, sequence));
    assert.equal(findings.length, 0);
    sequence += sample.length;
  }
  return sequence;
}

test('a rule works from the first event on, repetition within a batch is a count', async () => {
  const sample = new SampleBatch();
  for (let i = 0; i < 3; i++) sample.opened(start + i, cat, '/etc/shadow');
  const { findings } = await analyse(open(), none, decode(sample, 5));
  assert.equal(findings.length, 1);
  const { finding } = findings[0]!;
  assert.equal(finding.detector, 'file.credential-read');
  assert.equal(finding.count, 3);
  assert.equal(finding.sequence, 7);
  assert.deepEqual(
    finding.evidence.ancestry.map(({ exe }) => exe),
    [init.exe, bash.exe, cat.exe],
  );
});

test('of a host that was booted since, what is read again from before tells nothing new of its sensor', async () => {
  const analysis = open();
  /** As the agent closed it, so many minutes after that boot. */
  const of = (boot: number, minutes: number, sample: SampleBatch, firstSequence: number): Batch => {
    const fields = EventBatch.decode(sample.encode(endpoint, `000000000000000${boot}`, firstSequence));
    const clock = { wallMicros: start + (100 * boot + minutes) * minute, bootMicros: minutes * minute };
    const decoded = decodeBatch(EventBatch.encode({ ...fields, bootId: Buffer.alloc(16, boot), clock }).finish());
    assert.ok(decoded.ok);
    return decoded.batch;
  };
  const opened = () => new SampleBatch().opened(start, nginx, '/etc/nginx/a');
  const before = [
    of(1, 1, opened(), 1),
    of(1, 2, new SampleBatch(), 2),
    of(1, 3, opened(), 2),
    of(1, 4, new SampleBatch(), 3),
  ];
  const now = of(2, 1, opened(), 1);
  for (const batch of [...before, now]) await analyse(analysis, none, batch);
  for (const batch of before) {
    await analyse(analysis, none, batch);
    assert.equal(analysis.residents.endpoint(endpoint).sensor?.boot, now.boot);
  }
});

test('a process that the agent found hidden is an alert of its own', async () => {
  const miner: SampleProcess = { exe: '/tmp/miner', parent: bash, pid: 90 };
  const { findings } = await analyse(open(), none, decode(new SampleBatch().hidden(start, miner), 5));
  assert.deepEqual(
    findings.map(({ finding }) => [finding.detector, finding.severity, finding.evidence.saw[0]]),
    [['process.hidden-process', 'critical', { label: 'Hidden', value: '/proc/90' }]],
  );
});

test('who writes the agent’s configuration is remembered for what the sensor says later', async () => {
  const analysis = open();
  const sample = new SampleBatch().opened(start, cat, '/etc/monitoringAgent.conf');
  sample.opened(start, bash, '/etc/monitoringAgent.conf', FileFlag.FILE_WRITE).opened(start, cat, '/etc/hosts');
  await analyse(analysis, none, decode(sample, 5));
  const deeds = analysis.residents.endpoint(endpoint).recent.snapshot();
  assert.deepEqual(
    deeds.map(({ exe, deed }) => [exe, deed]),
    [[bash.exe, 'config-written']],
  );
});

test('a batch that came before is dropped, a part of one too, and a gap is counted', async () => {
  const analysis = open();
  const sample = () => new SampleBatch().opened(start, cat, '/etc/shadow').opened(start, cat, '/etc/gshadow');
  assert.equal((await analyse(analysis, none, decode(sample(), 10))).findings.length, 2);
  const again = await analyse(analysis, none, decode(sample(), 10));
  assert.deepEqual([again.findings.length, again.duplicates, again.events], [0, 2, 0]);
  const half = await analyse(analysis, none, decode(sample(), 11));
  assert.deepEqual([half.findings.length, half.duplicates, half.events], [1, 1, 1]);
  assert.equal((await analyse(analysis, none, decode(sample(), 20))).missing, 7);
});

test('an enforced program that opens another file is found, with what is usual beside it', async () => {
  const analysis = open();
  const next = await settle(analysis);
  const sample = new SampleBatch()
    .opened(start + 50 * minute, nginx, '/srv/secret/x')
    .opened(start, nginx, '/srv/secret/y');
  const { findings } = await analyse(analysis, none, decode(sample, next));
  assert.deepEqual(
    findings.map(({ finding: { detector, program, deviation, count } }) => ({ detector, program, deviation, count })),
    [{ detector: 'baseline.unusual-file', program: '/usr/sbin/nginx', deviation: 'read in /srv/secret', count: 2 }],
  );
  const { evidence } = findings[0]!.finding;
  assert.equal(evidence.baseline?.phase, 'enforced');
  assert.equal(evidence.usual.length, 2);
  assert.deepEqual(findings[0]!.deviates, { family: 'file', program: '/usr/sbin/nginx', value: 'read /srv/secret/x' });
});

test('an enforced program that starts another program is found', async () => {
  const analysis = open();
  const next = await settle(analysis);
  const sample = new SampleBatch().executed(start + 50 * minute, { exe: '/usr/bin/zip', parent: nginx });
  const { findings } = await analyse(analysis, none, decode(sample, next));
  assert.ok(
    findings.some(({ finding }) => finding.detector === 'baseline.unusual-child'),
    JSON.stringify(findings),
  );
});

test('a program that a package manager replaced learns anew instead of alerting', async () => {
  const analysis = open();
  const next = await settle(analysis);
  const sample = new SampleBatch()
    .opened(start + 50 * minute, dpkg, '/usr/sbin/nginx.dpkg-new', FileFlag.FILE_WRITE)
    .opened(start + 51 * minute, nginx, '/srv/new/x');
  assert.deepEqual((await analyse(analysis, none, decode(sample, next))).findings, []);
  const forged = new SampleBatch().opened(
    start,
    { ...dpkg, exe: '/tmp/dpkg' },
    '/usr/sbin/nginx.dpkg-new',
    FileFlag.FILE_WRITE,
  );
  assert.equal(analysis.view(decode(forged, 1)).replaced(0), '', 'a dpkg in /tmp replaces nothing');
});

test('what a process with a grave finding does, and what its children do, is not learned', async () => {
  const analysis = open();
  const child: SampleProcess = { exe: '/usr/bin/tar', parent: cat, pid: 52 };
  const sample = new SampleBatch()
    .opened(start, cat, '/etc/shadow')
    .opened(start + 1, child, '/srv/loot/x')
    .opened(start + 2, nginx, '/srv/www/x');
  await analyse(analysis, none, decode(sample, 1));
  const entries = (program: string) => analysis.residents.known({ endpoint, family: 'file', program })?.distinct ?? 0;
  assert.equal(entries('/usr/bin/cat'), 0);
  assert.equal(entries('/usr/bin/tar'), 0);
  assert.equal(entries('/usr/sbin/nginx'), 1);
});

test('an endpoint that invents programs is bounded', async () => {
  const analysis = new Analysis(rules, new Residents(quick, { ...defaultLimits, baselinesPerEndpoint: 10 }));
  const sample = new SampleBatch();
  for (let i = 0; i < 50; i++)
    sample.opened(start, { exe: `/usr/bin/x${String.fromCharCode(97 + i)}`, pid: i + 1 }, '/etc/x');
  await analyse(analysis, none, decode(sample, 1));
  assert.equal(analysis.residents.size.baselines, 10);
});

const programs: readonly SampleProcess[] = [
  nginx,
  cat,
  { exe: '/usr/bin/python3', parent: nginx, pid: 80 },
  { exe: '/usr/bin/dash', parent: nginx, pid: 81 },
];
const paths = ['/etc/shadow', '/etc/nginx/a', '/srv/x', '/var/cache/q/', '/home/ada/.ssh/id_ed25519'];
const step = fc.record({
  program: fc.nat(programs.length - 1),
  path: fc.nat(paths.length - 1),
  name: fc.nat(30),
  minutes: fc.nat(3),
  kind: fc.constantFrom('open', 'open', 'write', 'exec'),
});

test('wherever it is killed, an analysis restored from its last checkpoint records what an undisturbed one does', async () => {
  const batches = fc.array(fc.array(step, { minLength: 1, maxLength: 40 }), { minLength: 1, maxLength: 12 });
  await fc.assert(
    fc.asyncProperty(batches, fc.array(fc.tuple(fc.nat(12), fc.nat(3)), { maxLength: 4 }), async (plan, kills) => {
      const encoded = encodePlan(plan);
      const whole = await playUndisturbed(encoded);
      assert.deepEqual(await playKilled(encoded, kills), whole);
    }),
    { numRuns: 60 },
  );
});

function encodePlan(
  plan: readonly (readonly { program: number; path: number; name: number; minutes: number; kind: string }[])[],
): Batch[] {
  let time = start;
  let sequence = 1;
  return plan.map(steps => {
    const sample = new SampleBatch();
    for (const { program, path, name, minutes, kind } of steps) {
      time += minutes * minute;
      const process = programs[program]!;
      const text = paths[path]!.endsWith('/') ? `${paths[path]}f${name}` : paths[path]!;
      if (kind === 'exec') sample.executed(time, process);
      else sample.opened(time, process, text, kind === 'write' ? FileFlag.FILE_WRITE : FileFlag.FILE_READ);
    }
    const batch = decode(sample, sequence);
    sequence += sample.length;
    return batch;
  });
}

/** Alerts with their counts and evidence, and all that was learned. */
async function outcome(store: ReturnType<typeof memoryAnalysisStore>, analysis: Analysis): Promise<unknown> {
  await store.checkpoint({ positions: new Map(), epochs: new Map(), ...analysis.residents.takeChanges() });
  const keys = programs.flatMap(({ exe: program }) => families.map(family => ({ endpoint, family, program })));
  const baselines = await store.baselines(keys);
  return {
    alerts: [...store.alerts].map(([key, { count, first }]) => [key, count, first]).sort(),
    endpoint: (await store.endpoints([endpoint]))[0],
    baselines: baselines.map(({ record, entries }) => [record, [...entries].sort()]),
  };
}

const findingsOf = (analysed: { findings: readonly { finding: Finding }[] }) =>
  analysed.findings.map(({ finding }) => finding);

async function playUndisturbed(batches: readonly Batch[]): Promise<unknown> {
  const store = memoryAnalysisStore(new Set([endpoint]));
  const analysis = open();
  for (const batch of batches) await store.record(findingsOf(await analyse(analysis, store, batch)));
  return outcome(store, analysis);
}

/** A kill at [batch, recorded]: after that many batches; 0: before its findings are recorded, else after. Checkpoints every second batch. */
async function playKilled(batches: readonly Batch[], kills: readonly (readonly [number, number])[]): Promise<unknown> {
  const store = memoryAnalysisStore(new Set([endpoint]));
  const restart = () => new Analysis(rules, new Residents(quick, { ...defaultLimits, entries: 3 }));
  let analysis = restart();
  const left = [...kills];
  for (let i = 0; i < batches.length; i++) {
    const analysed = await analyse(analysis, store, batches[i]!);
    const kill = left.findIndex(([at]) => at === i);
    if (kill < 0 || left[kill]![1] > 0) await store.record(findingsOf(analysed));
    if (kill >= 0) {
      left.splice(kill, 1);
      analysis = restart();
      i = (await store.position(0)) ?? -1;
      continue;
    }
    if (i % 2 === 1) {
      const positions = new Map([[0, { offset: i, digest: undefined }]]);
      await store.checkpoint({ epochs: new Map(), positions, ...analysis.residents.takeChanges() });
      analysis.residents.shrink();
    }
  }
  return outcome(store, analysis);
}
