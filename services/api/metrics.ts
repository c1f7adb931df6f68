/** The API's own figures for Prometheus. */

import { Counter, Gauge, Histogram, type Registry } from 'prom-client';

export interface Metrics {
  readonly registry: Registry;
  readonly requests: Histogram<'method' | 'route' | 'status'>;
  readonly logins: Counter<'outcome'>;
  readonly streams: Gauge;
  readonly streamDrops: Counter;
}

/** Registered with the registry given: one process may have several services. */
export function newMetrics(registry: Registry): Metrics {
  const registers = [registry];
  return {
    registry,
    requests: new Histogram({
      name: 'picket_api_request_seconds',
      help: 'Time to answer a request, by route',
      labelNames: ['method', 'route', 'status'],
      buckets: [0.005, 0.02, 0.1, 0.5, 2, 10],
      registers,
    }),
    logins: new Counter({
      name: 'picket_api_logins_total',
      help: 'Logins tried: opened, refused, held-back',
      labelNames: ['outcome'],
      registers,
    }),
    streams: new Gauge({ name: 'picket_api_live_streams', help: 'Live streams that are open', registers }),
    streamDrops: new Counter({
      name: 'picket_api_live_dropped_total',
      help: 'Live messages left out because a client read too slowly',
      registers,
    }),
  };
}
