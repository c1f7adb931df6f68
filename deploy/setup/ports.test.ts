import assert from 'node:assert/strict';
import { once } from 'node:events';
import { type AddressInfo, createServer } from 'node:net';
import { test } from 'node:test';
import { holder, inUse } from './ports.mjs';

test('a port that somebody listens on is in use, and the process is named', async () => {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  assert.equal(await inUse(port, '127.0.0.1'), true);
  assert.equal(await inUse(port, '0.0.0.0'), true);
  assert.equal(holder(port)?.pid, process.pid);
  assert.match(holder(port)?.command ?? '', /node/);
  server.close();
  await once(server, 'close');
  assert.equal(await inUse(port, '127.0.0.1'), false);
  assert.equal(holder(port), undefined);
});
