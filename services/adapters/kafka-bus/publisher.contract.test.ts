import assert from 'node:assert/strict';
import { once } from 'node:events';
import { type AddressInfo, createServer, type Socket } from 'node:net';
import { describe, test } from 'node:test';
import pino from 'pino';
import { freePort } from '../../engines/free-port.ts';
import { BusUnavailable } from '../../ports/bus.ts';
import { Publisher, patienceMillis } from './publisher.ts';

const publisher = (...ports: number[]) =>
  new Publisher(
    { brokers: ports.map(port => `127.0.0.1:${port}`), partitions: 1, replication: 1 },
    pino({ level: 'silent' }),
  );

/** How long it took to say that Kafka is away, and the words. */
async function refusal(way: Publisher): Promise<{ readonly millis: number; readonly words: string }> {
  const begun = performance.now();
  const error = await way.publish('events', [{ key: 'k', headers: {}, value: new Uint8Array(9) }]).then(
    () => assert.fail('it was published'),
    (reason: unknown) => reason,
  );
  assert.ok(error instanceof BusUnavailable, String(error));
  return { millis: performance.now() - begun, words: error.message };
}

/** Accepts connections, reads what comes, and never answers. */
async function silentListener() {
  const open = new Set<Socket>();
  const asked = { times: 0 };
  const server = createServer(socket => {
    asked.times++;
    open.add(socket);
    socket.on('close', () => open.delete(socket)).on('error', () => undefined);
    socket.resume();
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  return { server, open, asked, port: (server.address() as AddressInfo).port };
}

// Beside each other: each of them waits as long as the publisher does.
describe('a publisher without a broker', { concurrency: true }, () => {
  test('tries for most of its patience where nothing listens, and says why', async () => {
    const way = publisher(await freePort());
    const { millis, words } = await refusal(way);
    assert.ok(millis > patienceMillis / 2 && millis < patienceMillis + 2_000, `${millis} ms`);
    assert.match(words, /ECONNREFUSED/);
    await way.close();
  });

  test('gives up in its patience where a listener never answers, and leaves no connection', async t => {
    const { server, open, port } = await silentListener();
    t.after(() => server.close());
    const way = publisher(port);
    const { millis, words } = await refusal(way);
    assert.ok(millis < patienceMillis + 2_000, `${millis} ms`);
    assert.match(words, /not within 5 s/);
    for (const socket of open) await once(socket, 'close');
    await way.close();
  });

  test('asks another broker the next time, where the first never answers', async t => {
    const listeners = [await silentListener(), await silentListener()];
    t.after(() => listeners.map(({ server }) => server.close()));
    const way = publisher(...listeners.map(({ port }) => port));
    await refusal(way);
    await refusal(way);
    assert.deepEqual(
      listeners.map(({ asked }) => asked.times),
      [1, 1],
    );
    await way.close();
  });
});
