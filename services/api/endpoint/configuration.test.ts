import assert from 'node:assert/strict';
import { X509Certificate } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { ensureLocalCertificate } from '../../../deploy/traefik/local-ca.ts';
import { configurationText } from './configuration.ts';

const folder = mkdtempSync(join(tmpdir(), 'picket-configuration-'));
after(() => rmSync(folder, { recursive: true }));
const authority = readFileSync(ensureLocalCertificate(folder, ['localhost'], Date.now()).ca, 'utf8');
const of = (api: string) =>
  configurationText({ api, seed: 'A'.repeat(43), name: 'web', id: 'x', commandKey: 'B'.repeat(43), authority });

test('the authority is in the configuration of an agent that submits over https, in one line, and in no other', () => {
  const [, ca = ''] = /^ca=(\S+)$/m.exec(of('https://picket.example:5001/submit_logs')) ?? [];
  assert.equal(String(new X509Certificate(Buffer.from(ca, 'base64'))), authority);
  assert.doesNotMatch(of('http://picket.example:5001/submit_logs'), /^ca=/m);
});
