/**
 * The bus as a durable log on disk, in the process of the server that uses it: one log a topic, one partition.
 *
 *   folder/events/0001763000000000.log   segments (see segment.ts)
 *   folder/events/archive.committed      last offset that group `archive` needs no more
 */

import { join } from 'node:path';
import type { Logger } from 'pino';
import {
  type Bus,
  type BusStats,
  type Consumer,
  type Message,
  type PartitionLag,
  type Subscription,
  type Topic,
  topics,
} from '../../ports/bus.ts';
import { Commits } from './commits.ts';
import { type Consuming, consume } from './consume.ts';
import { type FolderLock, lockFolder } from './folder-lock.ts';
import { Log, type LogOptions, makeFolder } from './log.ts';

export interface LogBusConfig {
  readonly folder: string;
  /** Groups of a topic that will read it: until each of them has committed a message it is kept. */
  readonly groups: Readonly<Partial<Record<Topic, readonly string[]>>>;
  /** Bytes that a topic may hold: `events` refuses more (BusFull), the others drop their oldest. Defaults 4 GiB and 64 MiB. */
  readonly capBytes?: Readonly<Partial<Record<Topic, number>>>;
  /** Default 64 MiB, for the others an eighth of its cap. */
  readonly segmentBytes?: number;
  /** Free space below which the bus takes no more, so that the stores can still work. Default 256 MiB. */
  readonly reserveBytes?: number;
}

const MiB = 1 << 20;
const defaultCap: Readonly<Record<Topic, number>> = {
  events: 4096 * MiB,
  alerts: 64 * MiB,
  'dead-letter': 64 * MiB,
};

interface TopicState {
  readonly log: Log;
  readonly commits: Commits;
  readonly groups: Set<string>;
  readonly consumers: Set<Consuming>;
  /** Messages that consumers, gone by now, could not be given. */
  damaged: number;
}

export class LogBus implements Bus {
  #lock: FolderLock;
  #topics: Map<Topic, TopicState>;
  #logger: Logger;
  #closed = false;

  private constructor(lock: FolderLock, states: Map<Topic, TopicState>, logger: Logger) {
    this.#lock = lock;
    this.#topics = states;
    this.#logger = logger;
  }

  /** Recovers what a crash left, says what was lost. Throws where the folder is in use by another process. */
  static async open(config: LogBusConfig, logger: Logger): Promise<LogBus> {
    await makeFolder(config.folder);
    const lock = await lockFolder(config.folder);
    const states = new Map<Topic, TopicState>();
    try {
      for (const topic of topics) states.set(topic, await openTopic(config, topic, logger));
    } catch (error) {
      for (const { log } of states.values()) await log.close();
      await lock.release();
      throw error;
    }
    return new LogBus(lock, states, logger);
  }

  async publish(topic: Topic, messages: readonly Message[]): Promise<void> {
    if (this.#closed) throw new Error('The bus is closed');
    if (messages.length > 0) await this.#state(topic).log.append(messages);
  }

  async subscribe(subscription: Subscription): Promise<Consumer> {
    if (this.#closed) throw new Error('The bus is closed');
    const { topic, group } = subscription;
    if (!/^[a-z0-9-]{1,64}$/.test(group)) throw new TypeError(`A group is named in a-z, 0-9 and -, not ${group}`);
    const state = this.#state(topic);
    state.groups.add(group);
    const committed = state.commits.committed(group);
    const from = (await subscription.from?.(0)) ?? (committed === undefined ? state.log.first : committed + 1);
    // A log that was deleted and began anew lies beyond `from`; one that was put back to an earlier state lies before it.
    const consuming = consume(state.log, from > state.log.next ? state.log.first : from, subscription, this.#logger);
    state.consumers.add(consuming);
    return {
      commit: async ({ offset }) => {
        await state.commits.commit(group, offset);
        await release(state);
      },
      close: async () => {
        await consuming.close();
        if (state.consumers.delete(consuming)) state.damaged += consuming.damaged();
      },
    };
  }

  async stats(): Promise<BusStats> {
    const held: Record<string, { bytes: number; messages: number }> = {};
    const lag: Record<string, number> = {};
    const partitions: PartitionLag[] = [];
    const losses: Record<string, number> = {};
    for (const [topic, { log, commits, groups, consumers, damaged }] of this.#topics) {
      held[topic] = { bytes: log.bytes, messages: log.next - log.first };
      for (const group of groups) {
        const messages = log.next - Math.max(log.first, (commits.committed(group) ?? -1) + 1);
        lag[`${topic}/${group}`] = messages;
        partitions.push({ topic, group, partition: 0, messages });
      }
      losses[`${topic}/torn_bytes`] = log.losses.tornBytes;
      losses[`${topic}/damaged_segments`] = log.losses.damagedSegments;
      losses[`${topic}/dropped_messages`] = log.losses.dropped;
      losses[`${topic}/damaged_messages`] = [...consumers].reduce(
        (sum, consuming) => sum + consuming.damaged(),
        damaged,
      );
    }
    return { answered: true, topics: held, lag, partitions, losses };
  }

  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    for (const { log, commits, consumers } of this.#topics.values()) {
      await Promise.all([...consumers].map(consuming => consuming.close()));
      await commits.settled();
      await log.close();
    }
    await this.#lock.release();
  }

  #state(topic: Topic): TopicState {
    const state = this.#topics.get(topic);
    if (!state) throw new TypeError(`The bus has no topic ${topic}`);
    return state;
  }
}

async function openTopic(config: LogBusConfig, topic: Topic, logger: Logger): Promise<TopicState> {
  const capBytes = config.capBytes?.[topic] ?? defaultCap[topic];
  const refuses = topic === 'events';
  const options: LogOptions = {
    folder: join(config.folder, topic),
    segmentBytes: config.segmentBytes ?? (refuses ? 64 * MiB : capBytes / 8),
    capBytes,
    atCap: refuses ? 'refuse' : 'drop-oldest',
    reserveBytes: config.reserveBytes ?? 256 * MiB,
    birth: Date.now() * 1000,
  };
  const log = await Log.open(options);
  if (log.losses.tornBytes > 0) {
    logger.warn(
      { topic, bytes: log.losses.tornBytes },
      'The log ended in a message that is not whole, as a crash leaves it; it was cut off',
    );
  }
  if (log.losses.damagedSegments > 0) {
    logger.error(
      { topic, folder: options.folder },
      'A segment of the log has a damaged header; it was set aside as *.damaged',
    );
  }
  const commits = await Commits.open(options.folder);
  const state = {
    log,
    commits,
    groups: new Set(config.groups[topic] ?? []),
    consumers: new Set<Consuming>(),
    damaged: 0,
  };
  await release(state);
  return state;
}

/** Deletes the segments that every group has committed; a topic that nobody reads is bounded by its cap alone. */
async function release({ log, commits, groups }: TopicState): Promise<void> {
  let needed = Number.POSITIVE_INFINITY;
  for (const group of groups) needed = Math.min(needed, (commits.committed(group) ?? -1) + 1);
  if (groups.size > 0) await log.release(needed);
}
