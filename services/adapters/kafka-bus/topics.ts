/** The topics, made where they are not there, and checked where they are. */

import kafkajs, { type Admin } from 'kafkajs';
import type { Logger } from 'pino';
import { type Topic, topics } from '../../ports/bus.ts';
import { type KafkaBusConfig, leastMaxMessageBytes } from './config.ts';

const hour = 3_600_000;
/** How long a message is kept, read or not. Events wait so long for an archive or analysis that is away. */
const retentionMillis: Readonly<Record<Topic, number>> = {
  events: 7 * 24 * hour,
  alerts: 7 * 24 * hour,
  'dead-letter': 30 * 24 * hour,
};
/** Bytes of a partition after which the oldest go: these topics may have no reader. */
const retentionBytes: Readonly<Partial<Record<Topic, number>>> = { alerts: 64 << 20, 'dead-letter': 64 << 20 };

export const topicName = (config: KafkaBusConfig, topic: Topic): string => `${config.prefix ?? ''}${topic}`;

/** Throws where a topic that is there would lose or reorder messages, with what to do about it. */
export async function prepareTopics(admin: Admin, config: KafkaBusConfig, log: Logger): Promise<void> {
  const there = new Set(await admin.listTopics());
  const missing = topics.filter(topic => !there.has(topicName(config, topic)));
  if (missing.length > 0) {
    // False where another process was first: then it is checked like any that was there.
    await admin.createTopics({ waitForLeaders: true, topics: missing.map(topic => creation(config, topic)) });
    log.info({ topics: missing.map(topic => topicName(config, topic)) }, 'topics of the bus were made');
  }
  await checkPartitions(admin, config, log);
  await checkSettings(admin, config);
}

function creation(config: KafkaBusConfig, topic: Topic) {
  const { partitions, replication } = config;
  const settings = {
    'cleanup.policy': 'delete',
    'retention.ms': String(retentionMillis[topic]),
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

async function checkPartitions(admin: Admin, config: KafkaBusConfig, log: Logger): Promise<void> {
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
  }
}

async function checkSettings(admin: Admin, config: KafkaBusConfig): Promise<void> {
  const { resources } = await admin.describeConfigs({
    includeSynonyms: false,
    resources: topics.map(topic => ({
      type: kafkajs.ConfigResourceTypes.TOPIC,
      name: topicName(config, topic),
      configNames: ['cleanup.policy', 'max.message.bytes'],
    })),
  });
  for (const { resourceName, configEntries } of resources) {
    const settings = new Map(configEntries.map(({ configName, configValue }) => [configName, configValue]));
    const policy = settings.get('cleanup.policy');
    if (policy !== 'delete') {
      throw new Error(`The topic ${resourceName} has cleanup.policy=${policy}, which loses events: set it to delete`);
    }
    const bytes = Number(settings.get('max.message.bytes'));
    if (bytes < leastMaxMessageBytes) {
      throw new Error(
        `The topic ${resourceName} has max.message.bytes=${bytes}, less than a submission may need: set it to ${leastMaxMessageBytes} or more`,
      );
    }
  }
}
