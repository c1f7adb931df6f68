/** What the brokers hold and how far the groups are behind, for metrics. */

import type { Admin } from 'kafkajs';
import { type BusStats, type PartitionLag, type Topic, topics } from '../../ports/bus.ts';

interface Named {
  topicName(topic: Topic): string;
  groupName(group: string): string;
}

type Bounds = ReadonlyMap<number, { readonly low: number; readonly high: number }>;

/** `groups`: topic and group of each that reads. */
export async function holdings(
  admin: Admin,
  named: Named,
  groups: readonly (readonly [topic: Topic, group: string])[],
): Promise<BusStats> {
  const bounds = new Map(
    await Promise.all(topics.map(async topic => [topic, await boundsOf(admin, named.topicName(topic))] as const)),
  );
  const lags = await Promise.all(groups.map(([topic, group]) => lagOf(admin, named, topic, group, bounds.get(topic)!)));
  return {
    answered: true,
    topics: Object.fromEntries(
      topics.map(topic => {
        const messages = [...bounds.get(topic)!.values()].reduce((sum, { low, high }) => sum + high - low, 0);
        return [topic, { bytes: undefined, messages }];
      }),
    ),
    lag: Object.fromEntries(
      groups.map(([topic, group], i) => [
        `${topic}/${group}`,
        lags[i]!.reduce((sum, { messages }) => sum + messages, 0),
      ]),
    ),
    partitions: lags.flat(),
    losses: {},
  };
}

async function boundsOf(admin: Admin, topic: string): Promise<Bounds> {
  const offsets = await admin.fetchTopicOffsets(topic);
  return new Map(offsets.map(({ partition, low, high }) => [partition, { low: Number(low), high: Number(high) }]));
}

async function lagOf(admin: Admin, named: Named, topic: Topic, group: string, bounds: Bounds): Promise<PartitionLag[]> {
  const [committed] = await admin.fetchOffsets({ groupId: named.groupName(group), topics: [named.topicName(topic)] });
  const next = new Map(committed?.partitions.map(({ partition, offset }) => [partition, Number(offset)]));
  return [...bounds].map(([partition, { low, high }]) => ({
    topic,
    group,
    partition,
    // Below 0: the group has committed nothing.
    messages: high - Math.min(Math.max(next.get(partition) ?? -1, low), high),
  }));
}
