import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { edgeFiles } from './edge-certificate.ts';
import { readOptions } from './options.ts';

test('agents are told of the local authority, but not where the certificate comes by ACME from one that every host knows', t => {
  const data = mkdtempSync(join(tmpdir(), 'picket-edge-'));
  t.after(() => rmSync(data, { recursive: true }));
  const options = readOptions(['--data', data]);
  assert.ok(!('error' in options));
  assert.equal(edgeFiles(options, {}).ca, join(data, 'edge', 'ca.pem'));
  assert.equal(edgeFiles(options, { PICKET_EDGE_ACME_DOMAIN: 'picket.example' }).ca, undefined);
});
