/** How many events a second the analysis takes on one core, decompression and decoding included, and what a baseline costs in memory. */

import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { zstdCompressSync, zstdDecompressSync } from 'node:zlib';
import { FileFlag } from '@picket/proto';
import { Analysis } from '../services/analysis/analysis.ts';
import { Residents } from '../services/analysis/residents.ts';
import { SampleBatch, type SampleProcess } from '../services/analysis/sample-batch.ts';
import { defaultPolicy } from '../services/domain/baselines/policy.ts';
import { decodeBatch } from '../services/domain/events/batch.ts';
import type { EndpointId } from '../services/domain/events/ids.ts';
import { rules } from '../services/domain/rules/index.ts';
import type { Figures } from './bench.ts';

setFlagsFromString('--expose-gc');
const collectGarbage = runInNewContext('gc') as () => void;

const endpoint = '018f0000-0000-7000-8000-00000000000a' as EndpointId;
const eventsPerBatch = 500;
const batches = 2_000;
const start = 1_760_000_000_000_000;

/** A generator with a seed: the same events each time. */
function seeded(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
}

/** 0 is the most frequent; frequency falls as 1/rank. */
function zipf(size: number, next: () => number): () => number {
  const sums: number[] = [];
  for (let rank = 1; rank <= size; rank++) sums.push((sums.at(-1) ?? 0) + 1 / rank);
  return () => {
    const at = next() * sums.at(-1)!;
    let low = 0;
    for (let high = size - 1; low < high; ) {
      const middle = (low + high) >> 1;
      if (sums[middle]! < at) low = middle + 1;
      else high = middle;
    }
    return low;
  };
}

const folders = [
  '/etc/app',
  '/var/lib/app',
  '/home/ada/project/src',
  '/usr/lib/x86_64-linux-gnu',
  '/proc',
  '/tmp',
  '/srv/www',
  '/usr/share/app',
];

/** 85 % files opened, 8 % connections, 7 % executions, by 200 programs on 5,000 paths. */
function makeBatches(): Uint8Array[] {
  const next = seeded(1);
  const program = zipf(200, next);
  const path = zipf(5_000, next);
  const init: SampleProcess = { exe: '/usr/lib/systemd/systemd', pid: 1 };
  const made: Uint8Array[] = [];
  for (let batch = 0; batch < batches; batch++) {
    const sample = new SampleBatch();
    const processes = new Map<number, SampleProcess>();
    for (let i = 0; i < eventsPerBatch; i++) {
      const time = start + (batch * eventsPerBatch + i) * 5_000;
      const which = program();
      const known = processes.get(which);
      const process = known ?? {
        exe: `/usr/bin/program-${which}`,
        pid: 100 + which,
        parent: init,
        args: [`program-${which}`, '--config', '/etc/x'],
      };
      processes.set(which, process);
      const kind = next();
      const rank = path();
      if (kind < 0.85)
        sample.opened(
          time,
          process,
          `${folders[rank % folders.length]}/d${rank % 37}/file-${rank}`,
          kind < 0.1 ? FileFlag.FILE_WRITE : FileFlag.FILE_READ,
        );
      else if (kind < 0.93) sample.connected(time, process, '\u00c0\u0000\u0002\u0001', 443);
      else sample.executed(time, process);
    }
    made.push(zstdCompressSync(sample.encode(endpoint, '0102030405060708', 1 + batch * eventsPerBatch)));
  }
  return made;
}

export const about =
  'events a second through decoding, rules and baselines on one core, and what a baseline costs in memory';

export async function run(): Promise<Figures> {
  const encoded = makeBatches();
  const residents = new Residents(defaultPolicy);
  const analysis = new Analysis(rules, residents);
  residents.admitEndpoint(endpoint, undefined, 0);
  collectGarbage();
  const before = process.memoryUsage().heapUsed;
  const times: number[] = [];
  let findings = 0;
  const cpu = process.cpuUsage();
  const began = performance.now();
  for (const value of encoded) {
    const since = performance.now();
    const decoded = decodeBatch(zstdDecompressSync(value));
    if (!decoded.ok) throw new Error(decoded.detail);
    const view = analysis.view(decoded.batch);
    residents.admit(residents.missing(view.baselines()), []);
    findings += analysis.analyse(view).findings.length;
    times.push(performance.now() - since);
  }
  const seconds = (performance.now() - began) / 1000;
  const used = process.cpuUsage(cpu);
  const checkpointBegan = performance.now();
  const changes = residents.takeChanges();
  const checkpointMillis = performance.now() - checkpointBegan;
  collectGarbage();
  const { baselines, entries } = residents.size;
  const bytes = process.memoryUsage().heapUsed - before;
  times.sort((a, b) => a - b);
  const events = batches * eventsPerBatch;
  return {
    events_per_s: Math.round(events / seconds),
    cpu_us_per_event: Number(((used.user + used.system) / events).toFixed(2)),
    batch_p99_ms: Number(times[Math.floor(times.length * 0.99)]!.toFixed(2)),
    findings,
    baselines,
    entries,
    bytes_per_entry: Math.round(bytes / entries),
    bytes_per_baseline: Math.round(bytes / baselines),
    checkpoint_copy_ms: Number(checkpointMillis.toFixed(1)),
    checkpoint_entries: changes.baselines.reduce((sum, { written }) => sum + written.length, 0),
  };
}
