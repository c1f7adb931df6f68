import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { parse } from 'yaml';

type Kept = Readonly<Record<string, string>>;

/** Tables that the server writes about itself, each with how long it keeps it. */
function onAws(): Kept {
  const template = readFileSync(join(import.meta.dirname, 'event-store.yaml'), 'utf8');
  const [, configuration] = /<<'CONFIG'\n(.*?)\n *CONFIG\n/s.exec(template)!;
  const tables = Object.entries(parse(configuration!)).filter(([name]) => name.endsWith('_log'));
  return Object.fromEntries(
    (tables as [string, { ttl?: string; '@remove'?: string }][]).map(([name, { ttl, '@remove': removed }]) => {
      return [name, removed === undefined ? ttl! : 'none'];
    }),
  );
}

function withCompose(): Kept {
  const text = readFileSync(join(import.meta.dirname, '../compose/clickhouse.xml'), 'utf8');
  const removed = [...text.matchAll(/<(\w+_log) remove="remove"\/>/g)].map(([, name]) => [name!, 'none']);
  const forgetting = [...text.matchAll(/<(\w+_log)>\s*<ttl>(.*?)<\/ttl>/g)].map(([, name, ttl]) => [name!, ttl!]);
  return Object.fromEntries([...removed, ...forgetting]);
}

test('what ClickHouse tells of itself is kept for a week or not at all, on AWS as with Compose', () => {
  const kept = onAws();
  assert.deepEqual(withCompose(), kept);
  for (const [table, ttl] of Object.entries(kept)) {
    assert.match(ttl, /^(none|event_date \+ INTERVAL 7 DAY DELETE)$/, table);
  }
  assert.ok(['query_log', 'part_log', 'error_log', 'trace_log', 'text_log', 'metric_log'].every(name => name in kept));
});
