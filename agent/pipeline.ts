/**
 * From events to the server: recorder, batch, spool, backlog, submitter. What an agent is without its sensor; a benchmark or
 * a test feeds it events of its own and has the real thing behind them.
 */

import { randomBytes } from 'node:crypto';
import { constants, zstdCompressSync } from 'node:zlib';
import type { Heartbeat } from '@picket/proto';
import type { Logger } from 'pino';
import { BatchBuilder, type Envelope } from './batching/builder.ts';
import { Recorder } from './batching/recorder.ts';
import type { Losses } from './health/losses.ts';
import type { ProcessTable } from './processes/table.ts';
import { Backlog } from './sending/backlog.ts';
import { withRightTimes } from './sending/right-times.ts';
import { Submitter, type SubmitterOptions } from './sending/submitter.ts';
import { Transport, type TransportOptions } from './sending/transport.ts';
import type { SensorEvent } from './sensor/event.ts';
import { Spool } from './spool/spool.ts';

export interface PipelineOptions {
  readonly transport: TransportOptions;
  readonly batchSize: number;
  /** Events in memory before the spool alone has them. */
  readonly bufferSize: number;
  readonly flushMillis: number;
  readonly spoolFolder: string;
  readonly spoolBytes: number;
  /** Kernel boot id, 32 hex digits. */
  readonly boot: string;
  readonly version: string;
  readonly processes: ProcessTable;
  readonly losses: Losses;
  readonly log: Pick<Logger, 'info' | 'warn' | 'error'>;
  /** What the wall clock showed at boot, microseconds. */
  readonly bootMicros: () => number;
  /** The mount namespace of this host, where it is known. */
  readonly hostNamespace?: number;
  readonly retry?: SubmitterOptions['retry'];
  readonly refusedRetry?: SubmitterOptions['refusedRetry'];
}

/** Level 1: the next ones cost twice the time for a tenth of the bytes. */
const compression = { params: { [constants.ZSTD_c_compressionLevel]: 1 } };

export class Pipeline {
  readonly spool: Spool;
  readonly recorder: Recorder;
  readonly submitter: Submitter;
  readonly backlog: Backlog;
  readonly #options: PipelineOptions;
  readonly #builder: BatchBuilder;
  readonly #transport: Transport;
  #flushTimer: NodeJS.Timeout | undefined;
  #heartbeat: Heartbeat | undefined;
  #diskRefuses = false;

  /** Throws the system's error when the spool's folder can't be used. */
  constructor(options: PipelineOptions) {
    const { transport, batchSize, bufferSize, spoolFolder, processes, losses, log, retry, refusedRetry } = options;
    this.#options = options;
    const lose = (name: string, events: number) => losses.add(name, events);
    this.spool = new Spool({
      folder: spoolFolder,
      capacity: options.spoolBytes,
      boot: options.boot,
      newStream: () => randomBytes(8).toString('hex'),
      lose,
      heldInMemory: segment => this.backlog.heldInMemory(segment),
    });
    this.backlog = new Backlog(this.spool, bufferSize);
    this.#builder = new BatchBuilder(batchSize);
    this.recorder = new Recorder(processes, this.#builder, options.hostNamespace);
    this.#transport = new Transport(transport);
    const waits = { ...(retry && { retry }), ...(refusedRetry && { refusedRetry }) };
    this.submitter = new Submitter({
      backlog: this.backlog,
      transport: this.#transport,
      spoolFolder,
      lose,
      log,
      // The clock since another boot says nothing about this one.
      finish: ({ boot, body, bootMicros }) =>
        boot === options.boot ? withRightTimes(body, options.bootMicros(), bootMicros) : body,
      ...waits,
    });
  }

  start(): void {
    this.submitter.start();
  }

  record(event: SensorEvent): void {
    this.recorder.record(event);
    this.#recorded();
  }

  #recorded(): void {
    if (this.#builder.length === 0) return;
    if (this.#builder.full) this.flush();
    else this.#flushTimer ??= setTimeout(() => this.flush(), this.#options.flushMillis);
  }

  /** Tells what waited for more of its kind: every now and then, and at the end. */
  tellDue(nowMicros: number, all = false): void {
    if (this.recorder.tellDue(nowMicros, all) > 0) this.#recorded();
  }

  /** Goes with the next batch; with one of its own where no event comes and nothing waits to be sent. */
  beat(heartbeat: Heartbeat): void {
    this.#heartbeat = heartbeat;
    if (this.#builder.length === 0 && this.backlog.empty) this.#sendHeartbeat();
  }

  /** The last heartbeat: goes now, whatever waits, and into the spool also without events. A server that never gets it calls the end unsaid. */
  farewell(heartbeat: Heartbeat): void {
    this.#heartbeat = heartbeat;
    this.#closeBatch();
  }

  /** Closes the open batch: into the spool, and on its way. */
  flush(): void {
    clearTimeout(this.#flushTimer);
    this.#flushTimer = undefined;
    if (this.#builder.length > 0) this.#closeBatch();
  }

  #closeBatch(): void {
    const events = this.#builder.length;
    const bootMicros = this.#options.bootMicros();
    const body = this.#encode(bootMicros);
    const appended = this.spool.append(body, events);
    if (appended.ok) {
      this.#reportDisk(undefined);
      this.backlog.add(appended.stored, body, bootMicros);
    } else {
      this.#reportDisk(appended.reason);
      this.#keepInMemory(events, bootMicros);
    }
    this.#heartbeat = undefined;
    this.#builder.clear();
    this.#options.processes.expire(Date.now() * 1000);
  }

  /** Sends what it can in `graceMillis` and closes the spool, which keeps the rest. */
  async close(graceMillis: number): Promise<void> {
    this.flush();
    await this.submitter.stop(graceMillis);
    this.#transport.close();
    this.backlog.close();
    this.spool.close();
  }

  #encode(bootMicros: number): Uint8Array {
    const bytes = this.#builder.encode(this.#envelope(bootMicros));
    // A compressor that knows how much comes makes itself no larger than that.
    return zstdCompressSync(bytes, { ...compression, pledgedSrcSize: bytes.length });
  }

  #envelope(bootMicros: number): Envelope {
    const { transport, boot, version, losses } = this.#options;
    const wallMicros = Date.now() * 1000;
    return {
      endpointId: transport.id,
      bootId: Buffer.from(boot, 'hex'),
      streamId: Buffer.from(this.spool.stream, 'hex'),
      firstSequence: this.spool.nextSequence,
      agentVersion: version,
      clock: { wallMicros, bootMicros: Math.max(0, Math.round(wallMicros - bootMicros)) },
      losses: Object.entries(losses.all()).map(([name, count]) => ({ name, count })),
      heartbeat: this.#heartbeat ?? null,
    };
  }

  /** The disk refused, and the spool may have begun a new stream: the batch is made again, for that. */
  #keepInMemory(events: number, bootMicros: number): void {
    if (!this.backlog.hasRoom(events)) {
      this.#options.losses.add('spool.disk-refused', events);
      return;
    }
    const body = this.#encode(bootMicros);
    this.backlog.addUnstored(this.spool.assign(events), body, bootMicros);
  }

  /** A batch without events has no numbers, and but for the last there will be another: it is not spooled. */
  #sendHeartbeat(): void {
    const bootMicros = this.#options.bootMicros();
    const body = this.#encode(bootMicros);
    this.#heartbeat = undefined;
    this.backlog.addUnstored(this.spool.assign(0), body, bootMicros);
  }

  #reportDisk(reason: string | undefined): void {
    const { log, spoolFolder } = this.#options;
    const refuses = reason !== undefined;
    if (refuses && !this.#diskRefuses) {
      log.error(
        { why: reason, spoolFolder },
        'The spool’s disk refuses: events are kept in memory as far as buffer_size goes',
      );
    }
    if (!refuses && this.#diskRefuses) log.info({ spoolFolder }, 'The spool’s disk takes events again');
    this.#diskRefuses = refuses;
  }
}
