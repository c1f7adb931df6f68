/** https with certificates of one's own authority, which openssl makes: it is skipped where there is none. */

import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer as createPlainServer } from 'node:http';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { testKey } from './receiver.fixture.ts';
import { Transport } from './transport.ts';

const skip = spawnSync('openssl', ['version']).status === 0 ? false : 'openssl is not here';
const folder = mkdtempSync(join(tmpdir(), 'picket-tls-'));
after(() => rmSync(folder, { recursive: true }));

const file = (name: string) => join(folder, name);
const openssl = (...args: string[]) => execFileSync('openssl', args, { stdio: 'pipe' });
const newKey = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes'];

/** Gives its certificate in PEM. */
function makeAuthority(name: string): string {
  const out = ['-keyout', file(`${name}.key`), '-out', file(`${name}.pem`)];
  openssl('req', '-x509', ...newKey, '-days', '2', '-subj', `/CN=${name}`, ...out);
  return readFileSync(file(`${name}.pem`), 'utf8');
}

/** `name` as an extension has it: `DNS:localhost`. Negative days have passed. */
function makeServerCertificate(authority: string, name: string, days: number): { key: string; cert: string } {
  openssl('req', ...newKey, '-subj', '/CN=server', '-keyout', file('server.key'), '-out', file('request'));
  writeFileSync(file('extensions'), `subjectAltName=${name}\n`);
  const by = ['-CA', file(`${authority}.pem`), '-CAkey', file(`${authority}.key`), '-CAcreateserial'];
  const what = ['-in', file('request'), '-extfile', file('extensions'), '-days', String(days)];
  openssl('x509', '-req', ...what, ...by, '-out', file('server.pem'));
  return { key: readFileSync(file('server.key'), 'utf8'), cert: readFileSync(file('server.pem'), 'utf8') };
}

const numbering = { stream: 'ab'.repeat(8), boot: 'cd'.repeat(16), firstSequence: 0, events: 1 };

/** Submits once, over https, to a server with this certificate; `undefined`: to one without TLS. */
async function submitTo(tls: { key: string; cert: string } | undefined, ca: string | undefined) {
  const answer = (request: import('node:http').IncomingMessage, response: import('node:http').ServerResponse) => {
    request.resume();
    response.writeHead(202).end();
  };
  const server = tls ? createServer(tls, answer) : createPlainServer(answer);
  server.listen(0, 'localhost');
  await once(server, 'listening');
  const api = new URL(`https://localhost:${(server.address() as AddressInfo).port}/submit_logs`);
  const transport = new Transport({ api, id: 'x', key: testKey, ca });
  try {
    return await transport.submit(numbering, Buffer.from('body'), new AbortController().signal);
  } finally {
    transport.close();
    server.close();
  }
}

test('a server whose certificate the authority of `ca` has signed is trusted', { skip }, async () => {
  const ca = makeAuthority('own');
  const tls = makeServerCertificate('own', 'DNS:localhost', 1);
  assert.equal((await submitTo(tls, ca)).status, 202);
});

test('a server of any other authority is not, and the error says whose fault that may be', { skip }, async () => {
  makeAuthority('own');
  const other = makeAuthority('other');
  const tls = makeServerCertificate('own', 'DNS:localhost', 1);
  await assert.rejects(
    submitTo(tls, other),
    /^Error: the certificate of localhost:\d+ is not signed by the authority in `ca`: either another server answers/,
  );
  await assert.rejects(submitTo(tls, undefined), /not signed by an authority that this host trusts: give the server's/);
});

test('a certificate that has expired, or is for another name, is refused with when and which', { skip }, async () => {
  const ca = makeAuthority('own');
  const expired = makeServerCertificate('own', 'DNS:localhost', -1);
  await assert.rejects(
    submitTo(expired, ca),
    /^Error: the certificate of localhost:\d+, or its authority's, has expired: renew it there/,
  );
  const another = makeServerCertificate('own', 'DNS:picket.example', 1);
  await assert.rejects(
    submitTo(another, ca),
    /^Error: the certificate of localhost:\d+ is not for localhost, but for DNS:picket.example: use one of those names/,
  );
});

test('a server that speaks no TLS is named as such', { skip }, async () => {
  await assert.rejects(submitTo(undefined, makeAuthority('own')), /does not speak TLS: is `api` a http:\/\/ address\?/);
});
