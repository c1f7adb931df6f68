/** The agent's word about itself, sent every ten seconds with a batch. */

import type { HookReport } from '@picket/native';
import type { Heartbeat, PreviousRun, SignalSent } from '@picket/proto';
import type { Spool } from '../spool/spool.ts';
import type { HeldUpTold } from './held-up.ts';
import type { Host } from './host.ts';

export interface HeartbeatSources {
  readonly host: Host;
  readonly startedMicros: number;
  readonly spool: Pick<Spool, 'bytes' | 'unsentBatches'>;
  readonly hooks: () => readonly HookReport[];
  readonly fallbacks: readonly string[];
  /** Milliseconds between two heartbeats. */
  readonly intervalMillis: number;
  readonly options: Readonly<Record<string, string>>;
  readonly previous: PreviousRun;
  /** What the wall clock showed at boot, microseconds. */
  readonly bootMicros: () => number;
  readonly heldUp: () => HeldUpTold;
  readonly eventsSeen: () => number;
}

export interface Ending {
  readonly signal: SignalSent;
  readonly uninstalling: boolean;
}

/** `ending`: it is the last one, because of this. */
export function heartbeat(sources: HeartbeatSources, ending?: Ending): Heartbeat {
  const { host, startedMicros, spool, eventsSeen, intervalMillis, options, previous } = sources;
  const hooks = sources.hooks();
  const held = sources.heldUp();
  const lost = hooks.filter(hook => hook.lost > 0);
  const { hostname, os, kernel, architecture } = host;
  const cpu = process.cpuUsage();
  return {
    ...{ hostname, os, kernel, architecture },
    cpuMicros: cpu.user + cpu.system,
    rssBytes: process.memoryUsage.rss(),
    startedMicros,
    spoolBytes: spool.bytes,
    spoolBatches: spool.unsentBatches,
    eventsSeen: eventsSeen(),
    hooks: hooks.map(({ name, attached, reason }) => ({ name, attached, reason })),
    hooksLost: lost.map(hook => ({ name: hook.name, times: hook.lost, atMicros: Date.now() * 1000 })),
    fallbacks: [...sources.fallbacks],
    ...{ intervalMillis, options, previous },
    suspendedMicros: suspendedMicros(sources.bootMicros()),
    stalledMicros: held.micros,
    stalledBy: held.by,
    stopping: ending?.signal ?? null,
    uninstalling: ending?.uninstalling ?? false,
  };
}

/** CLOCK_BOOTTIME, which goes on while the host sleeps, less CLOCK_MONOTONIC, which does not; what two readings differ by is no sleep. */
function suspendedMicros(wallAtBoot: number): number {
  const slept = Date.now() * 1000 - wallAtBoot - Number(process.hrtime.bigint() / 1000n);
  return slept > 1_000_000 ? Math.round(slept) : 0;
}
