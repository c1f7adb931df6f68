import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import pino from 'pino';
import { ensureLocalCertificate } from '../../../deploy/traefik/local-ca.ts';
import { startKafka, type TestKafka } from '../../engines/kafka.fixture.ts';
import { collect, number, numbered } from '../../ports/bus.contract.ts';
import type { KafkaBusConfig } from './config.ts';
import { KafkaBus } from './kafka-bus.ts';

const login = { user: 'picket', password: 'correct horse' };

let broker: TestKafka;
before(async () => {
  broker = await startKafka({ login });
});
after(() => broker?.close());

/** As it is right, but for what is given. */
function open(other: Partial<KafkaBusConfig> & { readonly port?: number }): Promise<KafkaBus> {
  const { port, ca } = broker.secure!;
  const brokers = [`127.0.0.1:${other.port ?? port}`];
  const right = { brokers, prefix: 'secure.', partitions: 1, replication: 1, tls: { ca }, login };
  return KafkaBus.open({ ...right, openPatienceMillis: 0, ...other }, pino({ level: 'silent' }));
}

const refused = (given: Parameters<typeof open>[0]): Promise<string> =>
  open(given).then(
    async bus => {
      await bus.close();
      return 'taken';
    },
    (error: Error) => error.message,
  );

test('with the authority and the login what is published under TLS is delivered', async () => {
  const bus = await open({ openPatienceMillis: 60_000 });
  await bus.publish('events', [0, 1].map(numbered));
  const seen = await collect(bus, { topic: 'events', group: 'g', maxBytes: 1 << 20 }, 2);
  assert.deepEqual(seen.map(number), [0, 1]);
  assert.deepEqual((await bus.stats()).lag['events/g'], 2);
  await bus.close();
});

test('what does not fit is one error that says what to set, without a secret', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'picket-authority-'));
  const stranger = readFileSync(ensureLocalCertificate(folder, ['127.0.0.1'], Date.now()).ca, 'utf8');
  rmSync(folder, { recursive: true });
  const forever = 600_000;
  const refusals: readonly (readonly [what: string, given: Parameters<typeof open>[0], says: RegExp])[] = [
    [
      'a wrong password',
      { login: { ...login, password: 'wrong horse' }, openPatienceMillis: forever },
      /^Kafka at 127\.0\.0\.1:\d+ refuses the login of picket \(.*\): check PICKET_KAFKA_USER and PICKET_KAFKA_PASSWORD\.$/,
    ],
    [
      "another's authority",
      { tls: { ca: stranger }, openPatienceMillis: forever },
      /^The certificate of Kafka at 127\.0\.0\.1:\d+ is not vouched for by PICKET_KAFKA_CA \([A-Z_]+\)\.$/,
    ],
    [
      "the system's authorities",
      { tls: {}, openPatienceMillis: forever },
      /^The certificate of Kafka at .* is not vouched for by the system's authorities: set PICKET_KAFKA_CA_FILE \([A-Z_]+\)\.$/,
    ],
    [
      'plaintext to the port of TLS',
      { tls: undefined },
      /^No Kafka broker answers at .* it may expect TLS there: set PICKET_KAFKA_TLS=true, or PICKET_KAFKA_CA_FILE\.$/,
    ],
    [
      'no login',
      { login: undefined },
      /^No Kafka broker answers at .* it may expect a login: set PICKET_KAFKA_USER and PICKET_KAFKA_PASSWORD\.$/,
    ],
    [
      'TLS to the port of plaintext',
      { port: broker.port },
      /^No Kafka broker answers at .* it may not speak TLS there: check PICKET_KAFKA_TLS and PICKET_KAFKA_CA\.$/,
    ],
    [
      'a login where nobody asks for one',
      { port: broker.port, tls: undefined },
      /^No Kafka broker answers at .* it expects no login there: check the port of PICKET_BUS_URL\.$/,
    ],
  ];
  await Promise.all(
    refusals.map(async ([what, given, says]) => {
      let message: string;
      // A machine that is busy enough is too late for the client: that is not what is asked here.
      do message = await refused(given);
      while (/time(?:d )?out/i.test(message));
      assert.match(message, says, what);
      assert.doesNotMatch(message, /horse/, what);
    }),
  );
});
