import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { after, test } from 'node:test';
import { noteClientAddresses } from './client-address.ts';

test('what a client says of its address is followed by where it really came from', async () => {
  noteClientAddresses();
  const server = createServer((request, response) => response.end(request.headers['x-forwarded-for']));
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve));
  after(() => server.close());
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const seen = async (headers: Record<string, string>) => (await fetch(url, { headers })).text();
  assert.equal(await seen({}), '127.0.0.1');
  assert.equal(await seen({ 'x-forwarded-for': '192.0.2.6' }), '192.0.2.6, 127.0.0.1');
});
