import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer, type ServerResponse } from 'node:http';
import { connect } from 'node:net';
import { test } from 'node:test';
import { openStream } from './stream.ts';

/** A response whose client reads only when it is told to. */
async function slowClient() {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const client = connect((server.address() as { port: number }).port, '127.0.0.1');
  client.write('GET / HTTP/1.1\r\nHost: x\r\n\r\n');
  client.pause();
  const [, response] = (await once(server, 'request')) as [unknown, ServerResponse];
  response.writeHead(200);
  return { client, response, close: () => server.close() };
}

test('a client that reads too slowly gets what fits, then how much it missed', { timeout: 20_000 }, async () => {
  const { client, response, close } = await slowClient();
  let drops = 0;
  const stream = openStream(response, () => drops++);
  const large = 'x'.repeat(100_000);
  for (let n = 0; n < 300; n++) stream.send('alert', { n, large });
  assert.ok(drops > 100, 'most of it was left out');
  assert.ok(response.writableLength < 2 << 20, 'no more than the bound waits');
  let text = '';
  client.on('data', chunk => {
    text += chunk;
  });
  client.resume();
  await once(response, 'drain');
  stream.send('alert', { n: 'after' });
  stream.end('done');
  await once(client, 'end');
  assert.match(text, new RegExp(`event: lagging\ndata: {"dropped":${drops}}`));
  assert.ok(text.indexOf('event: lagging') < text.indexOf('"n":"after"'));
  assert.match(text, /event: end\ndata: {"reason":"done"}/);
  close();
});

test('a client that reads nothing at all is dropped after a few heartbeats', { timeout: 20_000 }, async () => {
  const { response, close } = await slowClient();
  const stream = openStream(response, () => undefined);
  for (let n = 0; n < 300; n++) stream.send('alert', 'x'.repeat(100_000));
  for (let beat = 0; beat < 3; beat++) stream.beat();
  assert.equal(response.destroyed, false);
  stream.beat();
  assert.equal(response.destroyed, true);
  stream.send('alert', 'nobody listens');
  close();
});
