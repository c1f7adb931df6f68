/** The bus on Apache Kafka 4, by kafkajs: see publisher.ts for the way in and subscription.ts for the way out. */

import { setTimeout as delay } from 'node:timers/promises';
import type { Admin, Kafka } from 'kafkajs';
import type { Logger } from 'pino';
import type { Bus, BusStats, Consumer, Message, Subscription, Topic } from '../../ports/bus.ts';
import { type KafkaBusConfig, kafkaClient } from './config.ts';
import { holdings } from './holdings.ts';
import { Publisher } from './publisher.ts';
import { refusal } from './refusal.ts';
import { GroupMember } from './subscription.ts';
import { prepareTopics, topicName } from './topics.ts';

/** How long metrics wait for a broker. */
const statsPatienceMillis = 5_000;

export class KafkaBus implements Bus {
  readonly #config: KafkaBusConfig;
  readonly #kafka: Kafka;
  readonly #admin: Admin;
  readonly #log: Logger;
  readonly #publisher: Publisher;
  readonly #members = new Set<GroupMember>();
  readonly #groups: Set<string>;
  #stats: Promise<BusStats> | undefined;
  #lastStats: BusStats = { answered: false, topics: {}, lag: {}, partitions: [], losses: {} };
  #closed = false;

  private constructor(config: KafkaBusConfig, kafka: Kafka, admin: Admin, log: Logger) {
    this.#config = config;
    this.#kafka = kafka;
    this.#admin = admin;
    this.#log = log;
    this.#publisher = new Publisher(config, log);
    this.#groups = new Set(
      Object.entries(config.groups ?? {}).flatMap(([topic, groups]) => groups.map(group => `${topic}/${group}`)),
    );
  }

  /**
   * Waits for brokers that are away, makes the topics and checks them. Throws where a topic does not fit, nobody answers, or the
   * brokers refuse the login or are not trusted.
   */
  static async open(config: KafkaBusConfig, logger: Logger): Promise<KafkaBus> {
    const log = logger.child({ bus: 'kafka' });
    const kafka = kafkaClient(config, log);
    const until = performance.now() + (config.openPatienceMillis ?? 60_000);
    for (;;) {
      const admin = kafka.admin({ retry: { retries: 3, initialRetryTime: 200, maxRetryTime: 2_000 } });
      try {
        await admin.connect();
      } catch (cause) {
        await admin.disconnect().catch(() => undefined);
        const { reason, final } = refusal(cause, config);
        if (final || performance.now() > until) throw new Error(reason, { cause });
        log.warn({ reason }, 'Kafka is not reached; it will be tried again');
        await delay(1_000);
        continue;
      }
      try {
        await prepareTopics(admin, config, log);
        return new KafkaBus(config, kafka, admin, log);
      } catch (error) {
        await admin.disconnect().catch(() => undefined);
        // A broker that wants a login lets its versions be asked without.
        if ((error as Error).name === 'KafkaJSConnectionClosedError') {
          throw new Error(refusal(error, config).reason, { cause: error });
        }
        throw error;
      }
    }
  }

  async publish(topic: Topic, messages: readonly Message[]): Promise<void> {
    if (this.#closed) throw new Error('The bus is closed');
    if (messages.length > 0) await this.#publisher.publish(topicName(this.#config, topic), messages);
  }

  async subscribe(subscription: Subscription): Promise<Consumer> {
    if (this.#closed) throw new Error('The bus is closed');
    const { topic, group } = subscription;
    if (!/^[a-z0-9-]{1,64}$/.test(group)) throw new TypeError(`A group is named in a-z, 0-9 and -, not ${group}`);
    this.#groups.add(`${topic}/${group}`);
    const config = {
      topicName: topicName(this.#config, topic),
      groupName: this.#groupName(group),
      sessionMillis: this.#config.sessionMillis ?? 30_000,
      leadersForget: this.#config.replication < 3,
    };
    const member = new GroupMember(this.#kafka, config, subscription, this.#log);
    this.#members.add(member);
    await member.start();
    return {
      commit: position => member.commit(position),
      close: async () => {
        await member.close();
        this.#members.delete(member);
      },
    };
  }

  /** What was last known, where the brokers do not answer in time. */
  async stats(): Promise<BusStats> {
    this.#stats ??= this.#askStats().finally(() => {
      this.#stats = undefined;
    });
    const over = new AbortController();
    const late = delay(statsPatienceMillis, undefined, { signal: over.signal }).catch(() => undefined);
    const stats = await Promise.race([this.#stats.catch(() => undefined), late]);
    over.abort();
    return stats ?? { ...this.#lastStats, answered: false };
  }

  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    await Promise.all([...this.#members].map(member => member.close()));
    await this.#publisher.close();
    await this.#admin.disconnect().catch(() => undefined);
  }

  async #askStats(): Promise<BusStats> {
    const groups = [...this.#groups].map(pair => pair.split('/') as [Topic, string]);
    this.#lastStats = await holdings(
      this.#admin,
      { topicName: topic => topicName(this.#config, topic), groupName: group => this.#groupName(group) },
      groups,
    );
    return this.#lastStats;
  }

  #groupName(group: string): string {
    return `${this.#config.prefix ?? ''}${group}`;
  }
}
