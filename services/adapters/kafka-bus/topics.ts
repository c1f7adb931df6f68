/** The topics, made where they are not there, and checked where they are. */

import kafkajs, { type Admin } from 'kafkajs';
import type { Logger } from 'pino';
import { type Topic, topics } from '../../ports/bus.ts';
import { type KafkaBusConfig, leastMaxMessageBytes } from './config.ts';
import { keepFor, keptMillis } from './retention.ts';

const hour = 3_600_000;
/** A night in which nobody looks: less was hardly meant where nobody asked for it. */
const leastKeptMillis = 24 * hour;
/** How long a message is kept, read or not. Events wait so long for an archive or analysis that is away. */
const retentionMillis = ({ retentionHours = 168 }: KafkaBusConfig): Readonly<Record<Topic, number>> => ({
  events: retentionHours * hour,
  alerts: 7 * 24 * hour,
  'dead-letter': 30 * 24 * hour,
});
/** Bytes of a partition after which the oldest go: these topics may have no reader. */
const retentionBytes: Readonly<Partial<Record<Topic, number>>> = { alerts: 64 << 20, 'dead-letter': 64 << 20 };

export const topicName = (config: KafkaBusConfig, topic: Topic): string => `${config.prefix ?? ''}${topic}`;

/** Throws where a topic that is there would lose or reorder messages, with what to do about it; warns where it could. */
export async function prepareTopics(admin: Admin, config: KafkaBusConfig, log: Logger): Promise<void> {
  const there = new Set(await admin.listTopics());
  const missing = topics.filter(topic => !there.has(topicName(config, topic)));
  if (missing.length > 0) {
    // False where another process was first: then it is checked like any that was there.
    await admin.createTopics({ waitForLeaders: true, topics: missing.map(topic => creation(config, topic)) });
    log.info({ topics: missing.map(topic => topicName(config, topic)) }, 'topics of the bus were made');
  }
  const copies = await checkPartitions(admin, config, log);
  const { retentionHours } = config;
  const kept =
    retentionHours === undefined
      ? undefined
      : await keepFor(admin, topicName(config, 'events'), retentionHours * hour, log);
  await checkSettings(admin, config, copies, kept, log);
}

function creation(config: KafkaBusConfig, topic: Topic) {
  const { partitions, replication } = config;
  const settings = {
    'cleanup.policy': 'delete',
    'retention.ms': String(retentionMillis(config)[topic]),
    'retention.bytes': String(retentionBytes[topic] ?? -1),
    'max.message.bytes': String(leastMaxMessageBytes),
    // Of three copies two must have a message before it is acknowledged: then one broker may be away.
    'min.insync.replicas': String(replication > 2 ? 2 : 1),
    ...(retentionBytes[topic] !== undefined && { 'segment.bytes': String(16 << 20) }),
  };
  return {
    topic: topicName(config, topic),
    numPartitions: partitions,
    replicationFactor: replication,
    configEntries: Object.entries(settings).map(([name, value]) => ({ name, value })),
  };
}

/** How many copies each topic has of its messages. */
async function checkPartitions(admin: Admin, config: KafkaBusConfig, log: Logger): Promise<Map<string, number>> {
  const copiesOf = new Map<string, number>();
  const names = topics.map(topic => topicName(config, topic));
  for (const { name, partitions } of (await admin.fetchTopicMetadata({ topics: names })).topics) {
    // Not grown by us: the messages of a key would then lie in two partitions, and the newer could overtake the older.
    if (partitions.length < config.partitions) {
      throw new Error(
        `The topic ${name} has ${partitions.length} partitions, ${config.partitions} were asked for. Set PICKET_KAFKA_PARTITIONS=${partitions.length}; or stop ingress, let archive and analysis read everything (lag 0), grow the topic, and start again.`,
      );
    }
    if (partitions.length > config.partitions) {
      log.info({ topic: name, partitions: partitions.length, used: config.partitions }, 'a topic has spare partitions');
    }
    const copies = Math.min(...partitions.map(({ replicas }) => replicas.length));
    if (copies < config.replication) {
      log.warn({ topic: name, copies, asked: config.replication }, 'a topic has fewer copies than asked for');
    }
    copiesOf.set(name, copies);
  }
  return copiesOf;
}

async function checkSettings(
  admin: Admin,
  config: KafkaBusConfig,
  copiesOf: ReadonlyMap<string, number>,
  eventsKept: number | undefined,
  log: Logger,
): Promise<void> {
  const { resources } = await admin.describeConfigs({
    includeSynonyms: false,
    resources: topics.map(topic => ({
      type: kafkajs.ConfigResourceTypes.TOPIC,
      name: topicName(config, topic),
      configNames: ['cleanup.policy', 'max.message.bytes', 'min.insync.replicas', 'retention.ms', 'retention.bytes'],
    })),
  });
  for (const topic of topics) {
    const name = topicName(config, topic);
    const entries = resources.find(({ resourceName }) => resourceName === name)?.configEntries ?? [];
    const settings = new Map(entries.map(({ configName, configValue }) => [configName, configValue]));
    const found: Settings = {
      policy: settings.get('cleanup.policy'),
      messageBytes: Number(settings.get('max.message.bytes')),
      inSync: Number(settings.get('min.insync.replicas')),
      copies: copiesOf.get(name) ?? 1,
      // What was set just now, not every broker may know yet.
      kept: (topic === 'events' ? eventsKept : undefined) ?? keptMillis(settings.get('retention.ms')),
      asked: retentionMillis(config)[topic],
      keptBytes: Number(settings.get('retention.bytes')),
    };
    const fault = faultOf(topic, found);
    if (fault !== undefined) throw new Error(`The topic ${name} has ${fault}`);
    for (const weakness of weaknessesOf(topic, found)) log.warn({ topic: name }, `a topic has ${weakness}`);
  }
}

interface Settings {
  readonly policy: string | undefined;
  readonly messageBytes: number;
  readonly inSync: number;
  readonly copies: number;
  /** Milliseconds. */
  readonly kept: number;
  readonly asked: number;
  /** Below 0: any number of them. */
  readonly keptBytes: number;
}

/** What would lose what was acknowledged, or let nothing in: the setting, why it does not do, and what to set. */
function faultOf(topic: Topic, { policy, messageBytes, inSync, copies, kept, asked }: Settings): string | undefined {
  if (policy !== 'delete') return `cleanup.policy=${policy}, which loses events: set it to delete`;
  if (messageBytes < leastMaxMessageBytes) {
    return `max.message.bytes=${messageBytes}, less than a submission may need: set it to ${leastMaxMessageBytes} or more`;
  }
  if (inSync > copies) {
    return `min.insync.replicas=${inSync} and ${copies} copies, so that it takes nothing: set it to ${Math.max(1, copies - 1)}`;
  }
  if (topic !== 'events') return undefined;
  if (copies > 2 && inSync < 2) {
    return `min.insync.replicas=${inSync}, so that events are acknowledged that one broker alone has and may lose: set it to 2`;
  }
  if (kept < Math.min(leastKeptMillis, asked)) {
    return `retention.ms=${kept}, so that an archive or analysis that is away for so long loses events: set it to ${asked}, or say with PICKET_KAFKA_RETENTION_HOURS how long they are to be kept`;
  }
  return undefined;
}

/** What is the operator's choice, and may not have been meant. */
function* weaknessesOf(topic: Topic, { inSync, copies, kept, asked, keptBytes }: Settings): Generator<string> {
  if (copies > 1 && inSync === copies)
    yield `min.insync.replicas=${inSync} of ${copies} copies: with one broker away it takes nothing`;
  if (topic !== 'events') return;
  if (kept < asked) {
    yield `retention.ms=${kept}: events are lost that are not archived and analysed within ${(kept / hour).toFixed(1)} hours`;
  }
  if (keptBytes >= 0) {
    yield `retention.bytes=${keptBytes}: events are lost where a partition grows beyond that before they are archived and analysed`;
  }
}
