/** What benchmarks and whole-system tests use of the agent: everything behind its sensor, the real thing. */

export { BatchBuilder, type Envelope } from './batching/builder.ts';
export { Recorder } from './batching/recorder.ts';
export { Losses } from './health/losses.ts';
export { type AgentStatus, askStatus } from './health/status.ts';
export { makeMask } from './masking/mask.ts';
export { Pipeline, type PipelineOptions } from './pipeline.ts';
export { ProcessTable, type ProcessTableOptions } from './processes/table.ts';
export { Backlog, type Pending } from './sending/backlog.ts';
export { type SendingState, Submitter, type SubmitterOptions } from './sending/submitter.ts';
export { Transport, type TransportOptions } from './sending/transport.ts';
export type * from './sensor/event.ts';
export { Spool, type SpoolOptions, type StoredBatch } from './spool/spool.ts';
