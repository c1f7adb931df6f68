import assert from 'node:assert/strict';
import { X509Certificate } from 'node:crypto';
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { ensureLocalCertificate } from './local-ca.ts';

const parent = mkdtempSync(join(tmpdir(), 'picket-ca-'));
after(() => rmSync(parent, { recursive: true }));
const newFolder = () => mkdtempSync(join(parent, 'folder-'));
const now = Date.now();
const days = (count: number) => count * 86_400_000;
const names = ['picket.example', '192.0.2.1', '::1'];

test('the certificate is signed by the authority, for names and addresses, for 90 days; keys are for their owner only', () => {
  const folder = newFolder();
  const { ca, certificate, key, renewed } = ensureLocalCertificate(folder, names, now);
  assert.equal(renewed, true);
  const [issuer, served] = [ca, certificate].map(file => new X509Certificate(readFileSync(file))) as [
    X509Certificate,
    X509Certificate,
  ];
  assert.ok(issuer.ca && !served.ca);
  assert.ok(served.verify(issuer.publicKey));
  assert.ok(served.checkHost('picket.example') && served.checkIP('192.0.2.1') && served.checkIP('::1'));
  assert.equal(served.checkHost('other.example'), undefined);
  assert.equal(Math.round((served.validToDate.getTime() - now) / days(1)), 90);
  for (const file of [key, join(folder, 'ca.key')]) assert.equal(statSync(file).mode & 0o777, 0o600);
  assert.deepEqual(readdirSync(folder).sort(), ['ca.key', 'ca.pem', 'edge.key', 'edge.pem']);
});

test('what is good is kept; near its end, or for another name, the certificate is renewed and the authority kept', () => {
  const folder = newFolder();
  const { ca, certificate } = ensureLocalCertificate(folder, names, now);
  const authority = readFileSync(ca, 'utf8');
  const [first, kept] = [certificate, ensureLocalCertificate(folder, names, now).certificate].map(file =>
    readFileSync(file, 'utf8'),
  );
  assert.equal(kept, first);
  assert.equal(ensureLocalCertificate(folder, names, now + days(59)).renewed, false);
  assert.equal(ensureLocalCertificate(folder, names, now + days(61)).renewed, true);
  assert.equal(ensureLocalCertificate(folder, [...names, 'another.example'], now).renewed, true);
  assert.equal(readFileSync(ca, 'utf8'), authority);
});

test('a damaged key, and one that is not that of the certificate, are made anew', () => {
  const folder = newFolder();
  const { key } = ensureLocalCertificate(folder, names, now);
  for (const other of ['not a key\n', readFileSync(ensureLocalCertificate(newFolder(), names, now).key, 'utf8')]) {
    writeFileSync(key, other);
    assert.equal(ensureLocalCertificate(folder, names, now).renewed, true);
    assert.equal(ensureLocalCertificate(folder, names, now).renewed, false);
  }
});
