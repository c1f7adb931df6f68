/** The real agent behind its sensor, told what to have seen: spool, retries and signatures are its own, its events are a story's. */

import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { constants, zstdCompressSync } from 'node:zlib';
import { Backlog, Spool, Submitter, Transport } from '@picket/agent';
import type { AgentIdentity } from '@picket/bench/load/agent';
import type { Receiver } from '@picket/bench/load/connection';
import { until } from '../harness/until.ts';
import { type Dialect, ours } from './dialect.ts';
import { Story } from './story.ts';

const fast = { params: { [constants.ZSTD_c_compressionLevel]: 1 } };
/** A person would have to help in earnest; here a part of the system is away for some seconds, and answers oddly meanwhile. */
const refusedRetry = { firstMillis: 250, largestMillis: 2_000 };
const retry = { firstMillis: 100, largestMillis: 2_000 };
/** Events in memory before the spool alone has them. */
const bufferEvents = 5_000;

const ignored = () => undefined;

export interface StoryAgentOptions {
  readonly identity: AgentIdentity;
  readonly receiver: Receiver;
  /** Its spool is made below. */
  readonly folder: string;
  readonly seed: number;
  /** Microseconds since the epoch: see `Story`. */
  readonly start: number;
  readonly dialect?: Dialect;
}

export class StoryAgent {
  readonly endpoint: string;
  readonly #spool: Spool;
  readonly #backlog: Backlog;
  readonly #submitter: Submitter;
  readonly #transport: Transport;
  readonly #story: Story;
  readonly #dialect: Dialect;
  readonly #losses: string[] = [];
  #events = 0;
  /** Seconds that the host's clock is ahead. */
  clockOff = 0;

  constructor({ identity, receiver, folder, seed, start, dialect = ours }: StoryAgentOptions) {
    const boot = seed.toString(16).padStart(32, '0');
    const lose = (name: string, events: number) => this.#losses.push(`${name}: ${events} events`);
    const spoolFolder = join(folder, identity.id);
    this.endpoint = identity.id;
    this.#dialect = dialect;
    this.#spool = new Spool({
      folder: spoolFolder,
      capacity: 2 ** 30,
      boot,
      newStream: () => randomBytes(8).toString('hex'),
      lose,
    });
    this.#backlog = new Backlog(this.#spool, bufferEvents);
    this.#transport = new Transport({
      api: new URL(`${receiver.url}/submit_logs`),
      id: identity.id,
      key: identity.privateKey,
      ca: receiver.ca,
      now: () => Date.now() + 1000 * this.clockOff,
    });
    this.#submitter = new Submitter({
      backlog: this.#backlog,
      transport: this.#transport,
      spoolFolder,
      lose,
      log: { info: ignored, warn: ignored, error: ignored },
      retry,
      refusedRetry,
    });
    this.#story = new Story(
      {
        endpoint: identity.id,
        boot: boot.replace(/^(.{8})(.{4})(.{4})(.{4})/, '$1-$2-$3-$4-'),
        stream: this.#spool.stream,
        seed,
      },
      start,
    );
    this.#submitter.start();
  }

  /** Events that it saw so far. */
  get events(): number {
    return this.#events;
  }

  /** Events that the server has acknowledged. */
  get acknowledged(): number {
    return this.#submitter.state.acceptedEvents;
  }

  /** Why the last try failed; undefined while the server takes events. */
  get trouble(): string | undefined {
    return this.#submitter.state.trouble;
  }

  /** The host goes on with its story. */
  see(batches: number): void {
    for (let i = 0; i < batches; i++) {
      // In another dialect a batch may hold more events than the story told.
      const { bytes, events } = this.#dialect({ ...this.#story.next(), firstSequence: this.#spool.nextSequence });
      const body = zstdCompressSync(bytes, fast);
      const appended = this.#spool.append(body, events);
      if (!appended.ok) throw new Error(`the spool refuses: ${appended.reason}`);
      this.#backlog.add(appended.stored, body);
      this.#events += events;
    }
  }

  /** Everything that it saw is acknowledged. */
  async drained(seconds: number): Promise<void> {
    await until(`all events of ${this.endpoint} to be acknowledged`, seconds, () => {
      return this.acknowledged >= this.events || undefined;
    }).catch(error => {
      throw new Error(`${error.message}: ${this.acknowledged} of ${this.events}; ${this.trouble ?? ''}`, {
        cause: error,
      });
    });
  }

  /** What it lost or gave up: `reason: events`. */
  get losses(): readonly string[] {
    return this.#losses;
  }

  async close(): Promise<void> {
    await this.#submitter.stop(0);
    this.#transport.close();
    this.#backlog.close();
    this.#spool.close();
  }
}
