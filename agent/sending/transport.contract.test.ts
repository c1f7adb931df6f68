/** https with a certificate authority of one's own; skipped where there is no openssl to make one. */

import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { testKey } from './receiver.fixture.ts';
import { Transport } from './transport.ts';

const folder = mkdtempSync(join(tmpdir(), 'picket-tls-'));
after(() => rmSync(folder, { recursive: true }));
const [key, certificate] = [join(folder, 'key.pem'), join(folder, 'certificate.pem')];
const subject = ['-subj', '/CN=localhost', '-addext', 'subjectAltName=DNS:localhost'];
const files = ['-keyout', key, '-out', certificate, '-days', '1'];
const made = spawnSync('openssl', [
  'req',
  '-x509',
  '-newkey',
  'ec',
  '-pkeyopt',
  'ec_paramgen_curve:P-256',
  '-nodes',
  ...subject,
  ...files,
]);

const numbering = { stream: 'ab'.repeat(8), boot: 'cd'.repeat(16), firstSequence: 0, events: 1 };

test('over https the certificate must be one that ca_file or the system trusts', {
  skip: made.status !== 0,
}, async () => {
  const ca = readFileSync(certificate, 'utf8');
  const server = createServer({ key: readFileSync(key), cert: ca }, (request, response) => {
    request.resume();
    response.writeHead(202).end();
  });
  server.listen(0, 'localhost');
  await once(server, 'listening');
  const api = new URL(`https://localhost:${(server.address() as AddressInfo).port}/submit_logs`);
  const { signal } = new AbortController();
  const trusting = new Transport({ api, id: 'x', key: testKey, ca });
  assert.equal((await trusting.submit(numbering, Buffer.from('body'), signal)).status, 202);
  trusting.close();
  const strange = new Transport({ api, id: 'x', key: testKey });
  await assert.rejects(strange.submit(numbering, Buffer.from('body'), signal), /self-signed certificate/);
  strange.close();
  server.close();
});
