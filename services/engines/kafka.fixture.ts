/** A Kafka broker of the tests' own: free ports and a folder that is gone when it is closed. */

import { randomBytes } from 'node:crypto';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import pino from 'pino';
import { kafkaJars } from '../../deploy/setup/kafka.mjs';
import { ensureLocalCertificate } from '../../deploy/traefik/local-ca.ts';
import { freePorts } from './free-port.ts';
import { prepareKafka } from './kafka.ts';
import { servingBrokers } from './kafka-answers.ts';
import { WatchedChild } from './watched-child.ts';

export interface TestKafka {
  /** `kafka://127.0.0.1:port`. */
  readonly url: string;
  readonly port: number;
  /** Of the listener with TLS and a login, where there is one. */
  readonly secure: { readonly port: number; readonly ca: string } | undefined;
  readonly folder: string;
  readonly pid: number;
  /** Ends it with SIGKILL; resolves when it serves again, at the same address. */
  crash(): Promise<void>;
  /** Ends it with SIGKILL, and it stays away until `start`. */
  kill(): Promise<void>;
  /** Ends it in order, and it stays away until `start`. */
  stop(): Promise<void>;
  start(): Promise<void>;
  close(): Promise<void>;
}

/** Tests wait for no group to gather, and a member that is gone is missed soon. */
const impatient = { 'group.initial.rebalance.delay.ms': '0', 'group.min.session.timeout.ms': '1000' };

interface Options {
  readonly folder?: string;
  readonly properties?: Readonly<Record<string, string>>;
  /** Who may log in by SCRAM-SHA-512 at a second listener, under TLS with a certificate of an authority of its own. */
  readonly login?: { readonly user: string; readonly password: string };
  readonly clusterId?: string;
  /** Free ones by default. */
  readonly ports?: { readonly port: number; readonly controllerPort: number };
}

/** In `folder`, which is kept, or in one of its own. */
export async function startKafka(options: Options = {}): Promise<TestKafka> {
  const folder = options.folder ?? (await mkdtemp(join(tmpdir(), 'picket-kafka-')));
  // All at once: of two that are asked for one after the other, the second may be the first again.
  const free = await freePorts(3);
  const { port, controllerPort } = options.ports ?? portsOf(free);
  const secure = options.login && (await secureListener(folder, port, controllerPort, free[2]!));
  const { url, spec } = await prepareKafka({
    dataFolder: folder,
    jars: kafkaJars(),
    port,
    controllerPort,
    properties: { ...impatient, ...secure?.properties, ...options.properties },
    ...(options.clusterId !== undefined && { clusterId: options.clusterId }),
    users: options.login ? [{ name: options.login.user, password: options.login.password }] : [],
  });
  // The whole of the JIT is not worth its start in a broker that lives for seconds, and a test that was killed leaves none running.
  const quick = {
    ...spec,
    arguments: ['-XX:TieredStopAtLevel=1', ...spec.arguments],
    orphanSignal: 'SIGKILL' as const,
  };
  const start = () => WatchedChild.start(quick, pino({ level: 'silent' }));
  let child = await start();
  return {
    url,
    port,
    secure,
    folder,
    get pid() {
      return child.pid!;
    },
    async crash() {
      const up = new Promise<void>(resolve => child.once('up', () => resolve()));
      process.kill(child.pid!, 'SIGKILL');
      await up;
    },
    async kill() {
      if (child.pid !== undefined) process.kill(child.pid, 'SIGKILL');
      await child.close();
    },
    stop: () => child.close(),
    async start() {
      child = await start();
    },
    async close() {
      await child.close();
      if (options.folder === undefined) await rm(folder, { recursive: true });
    },
  };
}

/** Brokers that are one cluster, each a controller too; resolves when each of them knows all. */
export async function startKafkaCluster(
  count: number,
  properties: Readonly<Record<string, string>>,
): Promise<readonly TestKafka[]> {
  const clusterId = randomBytes(16).toString('base64url');
  const free = await freePorts(2 * count);
  const ports = Array.from({ length: count }, (_, i) => portsOf(free.slice(2 * i)));
  const voters = ports.map(({ controllerPort }, i) => `${i + 1}@127.0.0.1:${controllerPort}`).join(',');
  const brokers = await Promise.all(
    ports.map((own, i) => {
      const place = { 'node.id': String(i + 1), 'controller.quorum.voters': voters };
      return startKafka({ clusterId, ports: own, properties: { ...properties, ...place } });
    }),
  );
  for (const { port } of brokers) while ((await servingBrokers(port, 5_000)) !== count) await delay(50);
  return brokers;
}

const portsOf = ([port, controllerPort]: readonly number[]) => ({ port: port!, controllerPort: controllerPort! });

async function secureListener(folder: string, port: number, controllerPort: number, securePort: number) {
  const files = ensureLocalCertificate(join(folder, 'tls'), ['127.0.0.1'], Date.now());
  const [ca, certificate, key] = await Promise.all(
    [files.ca, files.certificate, files.key].map(file => readFile(file, 'utf8')),
  );
  const keystore = join(folder, 'tls', 'keystore.pem');
  await writeFile(keystore, `${key}${certificate}`, { mode: 0o600 });
  const listeners = `PLAINTEXT://127.0.0.1:${port},SECURE://127.0.0.1:${securePort}`;
  const properties = {
    listeners: `${listeners},CONTROLLER://127.0.0.1:${controllerPort}`,
    'advertised.listeners': listeners,
    'listener.security.protocol.map': 'CONTROLLER:PLAINTEXT,PLAINTEXT:PLAINTEXT,SECURE:SASL_SSL',
    'ssl.keystore.type': 'PEM',
    'ssl.keystore.location': keystore,
    'sasl.enabled.mechanisms': 'SCRAM-SHA-512',
    'listener.name.secure.scram-sha-512.sasl.jaas.config':
      'org.apache.kafka.common.security.scram.ScramLoginModule required;',
  };
  return { port: securePort, ca: ca!, properties };
}
