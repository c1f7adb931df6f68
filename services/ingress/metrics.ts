/** What ingress counts, for Prometheus. Labels come from fixed sets: no sender can add a time series. */

import { Counter, Gauge, Histogram, type Registry } from 'prom-client';
import type { Bus } from '../ports/bus.ts';
import type { Hindrances } from './hindrances.ts';

export interface IngressMetrics {
  /** By `outcome`: accepted, duplicate, or the reason of the refusal. */
  readonly submissions: Counter<'outcome'>;
  /** Requests for commands, by the same. */
  readonly exchanges: Counter<'outcome'>;
  readonly events: Counter;
  readonly unknownEvents: Counter;
  readonly bytes: Counter;
  /** Seconds from the headers to the answer. */
  readonly seconds: Histogram;
  readonly losses: AgentLosses;
}

export function ingressMetrics(registry: Registry, bus: Bus, hindrances: Hindrances): IngressMetrics {
  const registers = [registry];
  const losses = new AgentLosses();
  const gauge = (
    name: string,
    help: string,
    label: string,
    values: () => Promise<Record<string, number | undefined>>,
  ) =>
    new Gauge({
      name,
      help,
      labelNames: [label],
      registers,
      async collect() {
        const now = Object.entries(await values());
        this.reset();
        for (const [value, count] of now) if (count !== undefined) this.set({ [label]: value }, count);
      },
    });
  const held = async (what: 'bytes' | 'messages') =>
    Object.fromEntries(Object.entries((await bus.stats()).topics).map(([topic, numbers]) => [topic, numbers[what]]));
  gauge('picket_agent_losses', 'What the agents lost since they started, by their counter', 'name', async () =>
    losses.totals(),
  );
  gauge('picket_bus_bytes', 'Bytes that the bus holds', 'topic', () => held('bytes'));
  gauge('picket_bus_messages', 'Messages that the bus holds', 'topic', () => held('messages'));
  gauge(
    'picket_bus_lag_messages',
    'Messages that a group has not committed',
    'group',
    async () => (await bus.stats()).lag,
  );
  gauge(
    'picket_bus_losses',
    'What the bus lost since it was opened; all zero is normal',
    'what',
    async () => (await bus.stats()).losses,
  );
  gauge(
    'picket_ingress_hindered',
    '1: submissions (commands: requests for them) are refused, and agents keep what they have, because of this; the log says more',
    'by',
    async () => Object.fromEntries(Object.entries(hindrances.now()).map(([by, is]) => [by, is ? 1 : 0])),
  );
  return {
    exchanges: new Counter({
      name: 'picket_ingress_exchanges_total',
      help: 'Requests of agents for their commands, by their outcome',
      labelNames: ['outcome'],
      registers,
    }),
    submissions: new Counter({
      name: 'picket_ingress_submissions_total',
      help: 'Submissions by their outcome',
      labelNames: ['outcome'],
      registers,
    }),
    events: new Counter({ name: 'picket_ingress_events_total', help: 'Events that the bus took', registers }),
    unknownEvents: new Counter({
      name: 'picket_ingress_unknown_events_total',
      help: 'Events of a kind that this server does not know',
      registers,
    }),
    bytes: new Counter({
      name: 'picket_ingress_body_bytes_total',
      help: 'Bytes of bodies with a valid signature, as sent',
      registers,
    }),
    seconds: new Histogram({
      name: 'picket_ingress_submission_seconds',
      help: 'From the headers of a submission to its answer',
      buckets: [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10],
      registers,
    }),
    losses,
  };
}

/** The last word of each agent about what it lost, summed over agents. Agents name their counters; odd names are `other`. */
export class AgentLosses {
  #byEndpoint = new Map<string, Readonly<Record<string, number>>>();
  #names = new Set<string>();

  report(endpoint: string, losses: Readonly<Record<string, number>>): void {
    this.#byEndpoint.set(endpoint, losses);
  }

  totals(): Record<string, number> {
    const totals = new Map<string, number>();
    for (const losses of this.#byEndpoint.values()) {
      for (const [name, count] of Object.entries(losses)) {
        const label = this.#label(name);
        totals.set(label, (totals.get(label) ?? 0) + count);
      }
    }
    return Object.fromEntries(totals);
  }

  #label(name: string): string {
    if (this.#names.has(name)) return name;
    if (this.#names.size >= 100 || !/^[a-z0-9_.-]{1,64}$/.test(name)) return 'other';
    this.#names.add(name);
    return name;
  }
}
