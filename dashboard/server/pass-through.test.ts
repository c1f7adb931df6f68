import assert from 'node:assert/strict';
import { createServer, type IncomingMessage, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { after, test } from 'node:test';
import { passThrough } from './pass-through.ts';

/** An API that answers as the test says; the pass-through finds it by the environment. */
async function upstreamThat(answers: RequestListener): Promise<void> {
  const server = createServer(answers).listen(0, '127.0.0.1');
  await new Promise(resolve => server.once('listening', resolve));
  process.env['PICKET_API_URL'] = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  after(() => {
    server.closeAllConnections();
    server.close();
  });
}

const request = (init: RequestInit = {}) => new Request('http://dashboard/api/v1/x', init);

test('the API sees the token and the body, and no cookie', async () => {
  let seen: IncomingMessage | undefined;
  let body = '';
  await upstreamThat((incoming, outgoing) => {
    seen = incoming;
    incoming.on('data', part => (body += String(part)));
    incoming.on('end', () => outgoing.writeHead(201, { 'content-type': 'application/json' }).end('{}'));
  });
  const answer = await passThrough(
    request({
      method: 'POST',
      body: '{"a":1}',
      headers: { cookie: 'session=secret', 'content-type': 'application/json' },
    }),
    '/api/v1/users?x=1',
    'Bearer t',
  );
  assert.equal(answer.status, 201);
  assert.deepEqual(
    [seen?.url, seen?.headers.authorization, seen?.headers.cookie, body],
    ['/api/v1/users?x=1', 'Bearer t', undefined, '{"a":1}'],
  );
});

test('a refusal of the API comes through as it is, without its cookies', async () => {
  await upstreamThat((_, outgoing) => {
    outgoing
      .writeHead(429, { 'content-type': 'application/problem+json', 'retry-after': '7', 'set-cookie': 'a=b' })
      .end('{"reason":"x"}');
  });
  const answer = await passThrough(request(), '/api/v1/x', undefined);
  assert.deepEqual(
    [answer.status, answer.headers.get('retry-after'), answer.headers.get('set-cookie')],
    [429, '7', null],
  );
  assert.deepEqual(await answer.json(), { reason: 'x' });
});

test('an event of a stream arrives while the stream goes on', async () => {
  await upstreamThat((_, outgoing) => {
    outgoing.writeHead(200, { 'content-type': 'text/event-stream' });
    outgoing.write('event: alert\ndata: {}\n\n');
  });
  const leaving = new AbortController();
  const answer = await passThrough(request({ signal: leaving.signal }), '/api/v1/live', undefined);
  const first = await answer.body?.getReader().read();
  assert.equal(new TextDecoder().decode(first?.value), 'event: alert\ndata: {}\n\n');
  assert.equal(answer.headers.get('x-accel-buffering'), 'no');
  assert.match(answer.headers.get('cache-control') ?? '', /no-transform/);
  leaving.abort();
});

test('an API that does not answer is a problem document that says what to do', async () => {
  process.env['PICKET_API_URL'] = 'http://127.0.0.1:1';
  const answer = await passThrough(request(), '/api/v1/x', undefined);
  assert.equal(answer.status, 502);
  assert.equal(((await answer.json()) as { reason: string }).reason, 'unavailable');
});
