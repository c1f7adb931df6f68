import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { test } from 'node:test';
import { watchAlerts } from './alert-watch.ts';

/** The sentence of an API that answers this status. */
async function obstacleOf(status: number): Promise<string | undefined> {
  const server = createServer((_request, response) => response.writeHead(status).end('{}')).listen(0, '127.0.0.1');
  await once(server, 'listening');
  try {
    return await watchAlerts(`http://127.0.0.1:${(server.address() as AddressInfo).port}`, 'a token').obstacle();
  } finally {
    server.closeAllConnections();
    server.close();
  }
}

test('an API that answers is no obstacle', async () => {
  assert.equal(await obstacleOf(200), undefined);
});

test('a token that is refused is told with where to get another one', async () => {
  assert.match((await obstacleOf(401))!, /refuses PICKET_TOKEN: POST \/api\/v1\/login gives another one/);
});

test('what else the API answers is told as it is', async () => {
  assert.match((await obstacleOf(503))!, /answers 503: {}$/);
});

test('where nobody answers, or no address is given, the reason is told, and where to say another one', async () => {
  assert.match(
    (await watchAlerts('nonsense', 'a token').obstacle())!,
    /^No API answers at nonsense \(.+\).*PICKET_API/,
  );
});
