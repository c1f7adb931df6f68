import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { targetsFile, writeTargets } from './scrape-targets.ts';

test('Prometheus is told where each service is at this start, and of engines nothing', t => {
  const data = mkdtempSync(join(tmpdir(), 'picket-targets-'));
  t.after(() => rmSync(data, { recursive: true }));
  const parts = [{ name: 'kafka' }, { name: 'ingress-1', url: 'http://127.0.0.1:20001' }];
  writeTargets(data, [...parts, { name: 'archive', url: 'http://127.0.0.1:20009' }]);
  writeTargets(data, [...parts, { name: 'archive', url: 'http://127.0.0.1:20002' }]);
  assert.deepEqual(JSON.parse(readFileSync(targetsFile(data), 'utf8')), [
    { targets: ['127.0.0.1:20001'], labels: { part: 'ingress-1' } },
    { targets: ['127.0.0.1:20002'], labels: { part: 'archive' } },
  ]);
});
