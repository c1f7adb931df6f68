/** As many events as a system takes, from the first byte sent until the last event is stored and analysed. */

import { availableParallelism } from 'node:os';
import type { Figures } from '../bench.ts';
import { Fleet, type Sent } from '../load/fleet.ts';
import type { NewEndpoint } from './api.ts';
import { cpuSecondsByPart, cpuSecondsOf, machineCpuSeconds, tree } from './processes.ts';
import { drained, type System } from './system.ts';

export interface Measured {
  readonly figures: Figures;
  /** Events that were acknowledged and are not stored. */
  readonly lost: number;
}

export interface Load {
  readonly events: number;
  readonly agents: number;
  /** Events in one submission. */
  readonly batch: number;
  /** What the system's processes are, by words of their command lines: the CPU time of each is told. */
  readonly parts: Readonly<Record<string, string>>;
}

export async function throughput(system: System, load: Load, say: (text: string) => void): Promise<Measured> {
  const { events, batch, parts } = load;
  const identities = await addEndpoints(system, 'loading', load.agents);
  using fleet = new Fleet(identities, system.receiver);
  const stored = await system.api.eventCount();
  say('A first round, so that everything is compiled and learned a little …');
  const warm = await fleet.send(fleet.prepare(events / 10, batch));
  await drained(system);
  say(`${events} events are prepared …`);
  const queues = fleet.prepare(events, batch);
  say('… and sent');
  const before = cpuSecondsByPart(system.pid, parts);
  const busy = othersBusy(system);
  const started = performance.now();
  const sent = await fleet.send(queues);
  await drained(system);
  const seconds = (performance.now() - started) / 1000;
  const after = cpuSecondsByPart(system.pid, parts);
  const cpu = Object.keys(parts).map(part => [
    `cpu_us_per_event_${part}`,
    round(((after[part]! - before[part]!) * 1e6) / sent.events),
  ]);
  return {
    figures: {
      events_per_s: Math.round(sent.events / seconds),
      accepted_per_s: Math.round(sent.events / sent.seconds),
      ...Object.fromEntries(cpu),
      bytes_per_event_wire: round(sent.bytes / sent.events),
      refused_for_now: refusedForNow(sent),
      machine_busy_with_others_pct: Math.round((busy() / seconds / availableParallelism()) * 100),
    },
    lost: warm.events + sent.events - ((await system.api.eventCount()) - stored),
  };
}

/** Some at once: each is a write to the disk that the next need not wait for. */
export async function addEndpoints(system: System, name: string, count: number): Promise<NewEndpoint[]> {
  const endpoints: NewEndpoint[] = [];
  let next = 0;
  const add = async () => {
    for (let i = next++; i < count; i = next++)
      endpoints[i] = await system.api.addEndpoint(`${name}-${i}`, `${system.receiver.url}/submit_logs`);
  };
  await Promise.all(Array.from({ length: Math.min(count, 8) }, add));
  return endpoints;
}

/** Submissions that were answered with "later". */
export const refusedForNow = (sent: Sent) =>
  Object.entries(sent.answers).reduce((sum, [status, n]) => (status === '202' ? sum : sum + n), 0);

/** CPU seconds that others than system and load took since the call: where they are many, the figures say little. */
function othersBusy({ pid }: System): () => number {
  const look = () => machineCpuSeconds() - cpuSecondsOf([...tree(pid), process.pid]);
  const before = look();
  return () => Math.max(0, look() - before);
}

const round = (value: number) => Math.round(value * 100) / 100;
