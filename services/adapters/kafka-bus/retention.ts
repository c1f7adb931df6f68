/** How long a topic that is there keeps its messages: set to what is asked for, where that is another time. */

import kafkajs, { type Admin } from 'kafkajs';
import type { Logger } from 'pino';

/** Milliseconds that the topic keeps them from now on: what it did before, where the brokers do not let us change it. */
export async function keepFor(admin: Admin, name: string, millis: number, log: Logger): Promise<number> {
  const topic = { type: kafkajs.ConfigResourceTypes.TOPIC, name };
  const { resources } = await admin.describeConfigs({ includeSynonyms: false, resources: [topic] });
  const settings = resources[0]?.configEntries ?? [];
  const found = keptMillis(settings.find(({ configName }) => configName === setting)?.configValue);
  if (found === millis) return millis;
  // All of the topic's own at once: Kafka forgets those that are not named.
  const others = settings.filter(
    ({ configName, configSource }) => configName !== setting && configSource === kafkajs.ConfigSource.TOPIC_CONFIG,
  );
  const configEntries = [
    ...others.map(({ configName, configValue }) => ({ name: configName, value: configValue })),
    { name: setting, value: String(millis) },
  ];
  try {
    await admin.alterConfigs({ validateOnly: false, resources: [{ ...topic, configEntries }] });
    log.info({ topic: name, found, set: millis }, `${setting} of a topic was set as asked`);
    return millis;
  } catch (error) {
    log.warn(
      { err: error, topic: name, found, asked: millis },
      `${setting} of a topic is not what was asked for, and could not be changed: set it, or let Picket's login alter the topic`,
    );
    return found;
  }
}

const setting = 'retention.ms';

/** Below 0 is for ever. */
export const keptMillis = (text: string | undefined): number =>
  Number(text) < 0 ? Number.POSITIVE_INFINITY : Number(text);
