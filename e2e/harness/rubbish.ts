/** What strangers send to an open port: bytes that are no request, requests without an end, far too much of everything. */

import { createHash } from 'node:crypto';
import { connect, type Socket } from 'node:net';
import { until } from './until.ts';

/** The same bytes for the same seed. */
function bytes(seed: string, length: number): Buffer {
  const blocks: Buffer[] = [];
  for (let block = 0; block * 32 < length; block++)
    blocks.push(createHash('sha256').update(`${seed} ${block}`).digest());
  return Buffer.concat(blocks).subarray(0, length);
}

const request = (line: string, headers = '', body: Buffer | string = '') =>
  Buffer.concat([Buffer.from(`${line} HTTP/1.1\r\nhost: x\r\n${headers}\r\n`), Buffer.from(body)]);

/** Whole conversations; each is said on a connection of its own. */
export const rubbish: readonly Buffer[] = [
  ...Array.from({ length: 40 }, (_, i) => bytes(`noise ${i}`, 1 + i * 97)),
  ...Array.from({ length: 20 }, (_, i) =>
    request(`POST /${bytes(`path ${i}`, 20).toString('hex')}`, '', bytes('b', 99)),
  ),
  ...Array.from({ length: 20 }, (_, i) =>
    request('POST /submit_logs', `content-length: ${i * 50}\r\n`, bytes(`body ${i}`, i * 50)),
  ),
  Buffer.from('\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03', 'latin1'),
  Buffer.from('GET / HTTP/9.9\r\n\r\n'),
  Buffer.from('\0'.repeat(100_000)),
  Buffer.from(`GET /${'a'.repeat(1_000_000)} HTTP/1.1\r\nhost: x\r\n\r\n`),
  request('GET /api/v1/alerts', `x: ${'y'.repeat(1_000_000)}\r\n`),
  request('GET /api/v1/alerts', 'x: y\r\n'.repeat(100_000)),
  request('GET /api/v1/events?search=%00%ff%27%22', 'authorization: Bearer %00\r\n'),
  request('GET /../../../../etc/shadow'),
  request('GET //[::1'),
  request('POST /submit_logs', 'content-length: 99999999999999999999\r\n'),
  request('POST /submit_logs', 'content-length: -1\r\n'),
  request('POST /submit_logs', 'content-length: 5\r\ntransfer-encoding: chunked\r\n', '0\r\n\r\nGET /'),
  request('POST /api/v1/login', 'transfer-encoding: chunked\r\n', 'FFFFFFFFFFFFFFFF\r\n{'),
  request('POST /api/v1/login', 'content-type: application/json\r\ncontent-length: 200001\r\n', '['.repeat(200_001)),
  request('POST /api/auth/callback/credentials', 'content-length: 3\r\n', '%%%'),
  request('CONNECT 127.0.0.1:22'),
  request('GET /api/v1/live', 'connection: upgrade\r\nupgrade: websocket\r\n'),
];

/** Says it and hangs up; resolves when the connection is closed. */
export async function say(port: number, words: Buffer): Promise<void> {
  const socket = connect(port, '127.0.0.1');
  // A server that refuses early resets the connection while we still write: as good an answer as any.
  socket.on('error', () => undefined);
  socket.resume();
  socket.end(words);
  const said = JSON.stringify(words.toString('latin1', 0, 60));
  await until(`port ${port} to end a connection that said ${said}`, 30, () => socket.closed || undefined).finally(() =>
    socket.destroy(),
  );
}

/** Connections that say a little of a request and then nothing more. */
export async function dawdle(port: number, count: number): Promise<readonly Socket[]> {
  const sockets = Array.from({ length: count }, () => connect(port, '127.0.0.1'));
  for (const socket of sockets) {
    socket.on('error', () => undefined);
    socket.resume();
    socket.write('POST /submit_logs HTTP/1.1\r\nhost: x\r\ncontent-le');
  }
  await until(
    `${count} connections to port ${port}`,
    30,
    () => sockets.every(({ connecting }) => !connecting) || undefined,
  );
  return sockets;
}
