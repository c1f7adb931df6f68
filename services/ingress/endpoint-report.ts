/** What a batch says about its endpoint, as the control store keeps it. */

import type { Heartbeat } from '@picket/proto';
import type { Batch } from '../domain/events/batch.ts';
import type { Micros } from '../domain/events/ids.ts';
import type { EndpointReport } from '../ports/endpoint-directory.ts';

export function endpointReport(batch: Batch, seenAt: Micros): EndpointReport {
  const { endpoint, agentVersion, boot, losses, heartbeat } = batch;
  return { endpoint, seenAt, agentVersion, bootId: boot, losses, heartbeat: heartbeat && plain(heartbeat) };
}

/** Every field by name, zeros too: the wire leaves them out. */
function plain(heartbeat: Heartbeat): Record<string, unknown> {
  return {
    hostname: heartbeat.hostname ?? '',
    os: heartbeat.os ?? '',
    kernel: heartbeat.kernel ?? '',
    architecture: heartbeat.architecture ?? '',
    cpuMicros: heartbeat.cpuMicros ?? 0,
    rssBytes: heartbeat.rssBytes ?? 0,
    startedMicros: heartbeat.startedMicros ?? 0,
    spoolBytes: heartbeat.spoolBytes ?? 0,
    spoolBatches: heartbeat.spoolBatches ?? 0,
    eventsSeen: heartbeat.eventsSeen ?? 0,
    hooks: (heartbeat.hooks ?? []).slice(0, 64).map(({ name, attached, reason }) => ({
      name: name ?? '',
      attached: attached ?? false,
      reason: reason ?? '',
    })),
    fallbacks: (heartbeat.fallbacks ?? []).slice(0, 16).map(words => words.slice(0, 500)),
    intervalMillis: heartbeat.intervalMillis ?? 0,
    suspendedMicros: heartbeat.suspendedMicros ?? 0,
    stalledMicros: heartbeat.stalledMicros ?? 0,
    stopping: heartbeat.stopping ? { signal: heartbeat.stopping.signal ?? 0 } : null,
  };
}
