/** The agent's word about itself, sent every ten seconds with a batch. */

import type { HookReport } from '@picket/native';
import type { Heartbeat } from '@picket/proto';
import type { Spool } from '../spool/spool.ts';
import type { Host } from './host.ts';

export interface HeartbeatSources {
  readonly host: Host;
  readonly startedMicros: number;
  readonly spool: Pick<Spool, 'bytes' | 'unsentBatches'>;
  readonly hooks: readonly HookReport[];
  readonly eventsSeen: () => number;
}

export function heartbeat({ host, startedMicros, spool, hooks, eventsSeen }: HeartbeatSources): Heartbeat {
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
  };
}
