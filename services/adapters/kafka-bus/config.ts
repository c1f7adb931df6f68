/** What the Kafka bus is told, and what follows for the client. */

import { Kafka, type KafkaConfig, type logLevel as LogLevel, logLevel } from 'kafkajs';
import type { Logger } from 'pino';
import type { Topic } from '../../ports/bus.ts';
import { mendClient } from './client-faults.ts';
import { Way } from './way.ts';

export interface KafkaBusConfig {
  /** `host:port` of some brokers; the others are learned from them. */
  readonly brokers: readonly string[];
  /** Before the names of topics and groups, where others use the same brokers. */
  readonly prefix?: string;
  /** Partitions that keys are spread over: the same number in every process, for good. A new topic is made with as many. */
  readonly partitions: number;
  /** Copies of a new topic's messages. */
  readonly replication: number;
  /** How long `events` are kept: a new topic for 168 by default, and one that is there as it is. */
  readonly retentionHours?: number;
  /** TLS, checked against these authorities (PEM) or the system's own. */
  readonly tls?: { readonly ca?: string };
  /** SCRAM-SHA-512. */
  readonly login?: { readonly user: string; readonly password: string };
  /** Groups that read a topic, for lag: even one that has not come yet is behind. */
  readonly groups?: Readonly<Partial<Record<Topic, readonly string[]>>>;
  /** How long `open` waits for brokers that are away; default 60,000. */
  readonly openPatienceMillis?: number;
  /** A consumer that was not heard of for so long is taken for dead; default 30,000. */
  readonly sessionMillis?: number;
}

/** Bytes of one message's value at most: ingress takes 4 MiB; and of what is sent to one partition at once. */
export const sendBytes = 4 << 20;
/** A send with headers, keys and framing. */
export const leastMaxMessageBytes = sendBytes + (1 << 20);

export function kafkaClient(
  { brokers, tls, login }: KafkaBusConfig,
  log: Logger,
  { way = new Way(brokers), ...other }: Partial<Pick<KafkaConfig, 'connectionTimeout' | 'retry'>> & { way?: Way } = {},
): Kafka {
  mendClient();
  return new Kafka({
    clientId: 'picket',
    brokers: way.brokers,
    socketFactory: way.socket,
    connectionTimeout: 5_000,
    authenticationTimeout: 10_000,
    requestTimeout: 20_000,
    ...other,
    ...(tls && { ssl: tls.ca === undefined ? true : { ca: [tls.ca] } }),
    ...(login && { sasl: { mechanism: 'scram-sha-512', username: login.user, password: login.password } }),
    logLevel: logLevel.WARN,
    // What goes wrong comes back as an error and is logged by whom it concerns: the client's own words are for a closer look.
    logCreator: () => entry => {
      const { message, timestamp: _, logger: __, stack: ___, ...detail } = entry.log;
      log.debug({ kafka: entry.namespace, level: levelNames[entry.level], ...detail }, message);
    },
  });
}

const levelNames: Readonly<Record<LogLevel, string>> = {
  [logLevel.NOTHING]: 'nothing',
  [logLevel.ERROR]: 'error',
  [logLevel.WARN]: 'warn',
  [logLevel.INFO]: 'info',
  [logLevel.DEBUG]: 'debug',
};
