/** Apache Kafka as a child: one broker that is its own controller (KRaft), over `<data>/kafka`, on loopback. */

import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { servingBrokers } from './kafka-answers.ts';
import type { ChildSpec } from './watched-child.ts';

export interface KafkaConfig {
  /** It exists. The broker keeps what it holds in `kafka` below it. */
  readonly dataFolder: string;
  /** Folder of the broker's jars. */
  readonly jars: string;
  /** Loopback ports: for clients, and for the controller, which only the broker itself talks to. */
  readonly port: number;
  readonly controllerPort: number;
  /** Lines of server.properties in place of, or beside, the engine's own. */
  readonly properties?: Readonly<Record<string, string>>;
  /** Of the cluster that it is one of several brokers of; by default it is one of its own. 16 bytes in base64url. */
  readonly clusterId?: string;
  /** Users by SCRAM-SHA-512, known from the first start on. */
  readonly users?: readonly { readonly name: string; readonly password: string }[];
}

export interface KafkaEngine {
  readonly spec: ChildSpec;
  /** `kafka://127.0.0.1:port`. */
  readonly url: string;
}

/** Small: a broker for one machine, beside everything else on it; the second compiler would take more than it gives back. */
const javaOptions = [
  ...['-Xms96m', '-Xmx512m', '-XX:+UseSerialGC', '-XX:TieredStopAtLevel=1'],
  '-XX:+ExitOnOutOfMemoryError',
];
const logOptions = [
  ['defaultLogLevel', 'warn'],
  ['showDateTime', 'false'],
  ['showThreadName', 'false'],
  ['levelInBrackets', 'true'],
].map(([name, value]) => `-Dorg.slf4j.simpleLogger.${name}=${value}`);

const settings: Readonly<Record<string, string>> = {
  'process.roles': 'broker,controller',
  'node.id': '1',
  'controller.listener.names': 'CONTROLLER',
  'inter.broker.listener.name': 'PLAINTEXT',
  // A misspelt topic is an error of its client, not a new topic.
  'auto.create.topics.enable': 'false',
  'default.replication.factor': '1',
  'offsets.topic.replication.factor': '1',
  'offsets.topic.num.partitions': '8',
  'transaction.state.log.replication.factor': '1',
  'transaction.state.log.min.isr': '1',
  'transaction.state.log.num.partitions': '1',
  // After a kill the controller holds the broker for alive so long, and lets its next life in only then.
  'broker.session.timeout.ms': '6000',
  'broker.heartbeat.interval.ms': '1000',
  'num.io.threads': '4',
  'num.network.threads': '2',
  'log.cleaner.dedupe.buffer.size': '16777216',
};

/** Formats the data folder at the first start. Rejects where Java is missing, the folder cannot be written, or its disk is missing. */
export async function prepareKafka(config: KafkaConfig): Promise<KafkaEngine> {
  const folder = join(config.dataFolder, 'kafka');
  const propertiesFile = join(config.dataFolder, 'kafka.properties');
  const classPath = join(config.jars, '*');
  // What the format writes last: a start that was killed in the middle of it begins again.
  if (!existsSync(join(folder, 'meta.properties'))) {
    // A new broker in place of the old one would be far behind what its readers have read.
    if (existsSync(folder) && existsSync(propertiesFile)) {
      throw new Error(
        `A broker has run here before, but ${folder} has no meta.properties: mount its disk; or remove the folder, and with it what nobody had read, to begin anew`,
      );
    }
    await format(config, folder, classPath);
  }
  writeProperties(propertiesFile, config, folder);
  return {
    url: `kafka://127.0.0.1:${config.port}`,
    spec: {
      name: 'kafka',
      command: 'java',
      arguments: [...javaOptions, ...logOptions, '-cp', classPath, 'kafka.Kafka', propertiesFile],
      env: { PATH: '/usr/local/bin:/usr/bin:/bin', LC_ALL: 'C', TZ: 'UTC' },
      cwd: config.dataFolder,
      account: undefined,
      message: undefined,
      dataFolder: folder,
      identityFile: join(config.dataFolder, 'kafka.pid'),
      stopSignal: 'SIGTERM',
      stopPatienceMs: 30_000,
      ready: async () => ((await servingBrokers(config.port, 2_000)) ?? 0) > 0,
      readyPatienceMs: 120_000,
      answers: async () => (await servingBrokers(config.port, 10_000)) !== undefined,
      askEveryMs: 10_000,
      silencesBeforeKill: 4,
      level: line => (/^\[?ERROR|^Exception|^Error/.test(line) ? 'error' : /^\[?WARN/.test(line) ? 'warn' : 'debug'),
    },
  };
}

/** The folder may be there and empty: a disk of its own. */
async function format(config: KafkaConfig, folder: string, classPath: string): Promise<void> {
  const propertiesFile = join(config.dataFolder, 'kafka.format.properties');
  writeProperties(propertiesFile, config, folder);
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const clusterId = config.clusterId ?? randomBytes(16).toString('base64url');
  const users = (config.users ?? []).map(({ name, password }) => `SCRAM-SHA-512=[name=${name},password=${password}]`);
  await promisify(execFile)('java', [
    ...javaOptions,
    ...['-cp', classPath, 'kafka.tools.StorageTool', 'format', `--cluster-id=${clusterId}`, '--config', propertiesFile],
    ...users.flatMap(user => ['--add-scram', user]),
  ]);
  rmSync(propertiesFile);
}

function writeProperties(file: string, { port, controllerPort, properties }: KafkaConfig, folder: string): void {
  const lines = Object.entries({
    ...settings,
    listeners: `PLAINTEXT://127.0.0.1:${port},CONTROLLER://127.0.0.1:${controllerPort}`,
    'advertised.listeners': `PLAINTEXT://127.0.0.1:${port}`,
    'listener.security.protocol.map': 'CONTROLLER:PLAINTEXT,PLAINTEXT:PLAINTEXT',
    'controller.quorum.voters': `1@127.0.0.1:${controllerPort}`,
    'log.dirs': folder,
    ...properties,
  }).map(([name, value]) => `${name}=${value.replaceAll('\\', '\\\\')}\n`);
  writeFileSync(file, lines.join(''), { mode: 0o600 });
}
