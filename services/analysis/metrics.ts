/** What the analysis counts, for Prometheus. */

import { Counter, Gauge, Histogram, type Registry } from 'prom-client';
import type { Recorded } from '../ports/analysis-store.ts';
import type { Residents } from './residents.ts';

export interface AnalysisMetrics {
  readonly events: Counter;
  readonly duplicates: Counter;
  /** Events whose numbers were skipped between two batches of a stream. */
  readonly missing: Counter;
  readonly poison: Counter;
  readonly findings: Counter<'outcome' & string>;
  /** Changes of alerts that wait for the bus; each instance says the same. */
  readonly outbox: Gauge;
  readonly changes: Counter<'outcome' & string>;
  readonly checkpointSeconds: Histogram;
  /** Seconds from the submission's arrival at ingress until its findings are recorded. */
  readonly alertSeconds: Histogram;
}

export function analysisMetrics(registry: Registry, residents: Residents): AnalysisMetrics {
  const registers = [registry];
  const counter = (name: string, help: string) => new Counter({ name, help, registers });
  new Gauge({
    name: 'picket_analysis_resident',
    help: 'Endpoints, baselines and their entries in memory (an entry takes about 500 bytes)',
    labelNames: ['what'],
    registers,
    collect() {
      for (const [what, count] of Object.entries(residents.size)) this.set({ what }, count);
    },
  });
  return {
    events: counter('picket_analysis_events_total', 'Events analysed'),
    duplicates: counter('picket_analysis_duplicates_total', 'Events dropped because they had been analysed before'),
    missing: counter('picket_analysis_missing_total', 'Events whose sequence numbers never came'),
    poison: counter('picket_analysis_poison_total', 'Batches that could not be read and went to the dead-letter topic'),
    findings: new Counter<'outcome'>({
      name: 'picket_analysis_findings_total',
      help: `Findings, by what became of them: ${(['created', 'counted', 'reopened', 'replayed', 'unknown-endpoint'] satisfies Recorded[]).join(', ')}`,
      labelNames: ['outcome'],
      registers,
    }),
    outbox: new Gauge({
      name: 'picket_analysis_alert_outbox_length',
      help: 'Changes of alerts that wait for the topic alerts; each analysis says the same',
      registers,
    }),
    changes: new Counter<'outcome'>({
      name: 'picket_analysis_alert_changes_total',
      help: 'Changes of alerts, by what became of them: published on the topic alerts, or dropped because too many waited for it',
      labelNames: ['outcome'],
      registers,
    }),
    checkpointSeconds: new Histogram({
      name: 'picket_analysis_checkpoint_seconds',
      help: 'Duration of a checkpoint',
      buckets: [0.005, 0.02, 0.1, 0.5, 2, 10],
      registers,
    }),
    alertSeconds: new Histogram({
      name: 'picket_analysis_alert_seconds',
      help: 'From the arrival of a submission at ingress until its findings are recorded',
      buckets: [0.02, 0.05, 0.1, 0.25, 0.5, 1, 2, 5, 30],
      registers,
    }),
  };
}
