import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { readTemplate } from './task.fixture.ts';

test('the balancer gives an idle connection up before ingress or dashboard closes it', () => {
  const attributes: readonly { readonly Key: string; readonly Value: string }[] =
    readTemplate('edge').Resources.Balancer.Properties.LoadBalancerAttributes;
  const idle = Number(attributes.find(({ Key }) => Key === 'idle_timeout.timeout_seconds')?.Value) * 1_000;
  for (const [file, setting] of [
    ['services/ingress/run.ts', /keepAliveTimeout: ([\d_]+)/],
    ['dashboard/start.ts', /\['KEEP_ALIVE_TIMEOUT'\] \|\|= '(\d+)'/],
  ] as const) {
    const [, kept = ''] = setting.exec(readFileSync(join(import.meta.dirname, '../..', file), 'utf8')) ?? [];
    assert.ok(idle + 10_000 <= Number(kept.replaceAll('_', '')), `${file}: ${kept} ms, the balancer ${idle}`);
  }
});
