import assert from 'node:assert/strict';
import { text } from 'node:stream/consumers';
import { after, before, test } from 'node:test';
import { eventMigrations, statementsOf } from '../migrations.ts';
import { connect } from './connection.ts';
import { laidOut } from './layout.ts';
import { openTestServer, type TestServer } from './server.fixture.ts';

let place: TestServer;
before(async () => {
  place = await openTestServer(process.env);
});
after(() => place?.close());

// The engine here has no Keeper and no second server: that it reads the statements as they are meant is what it can show.
test('the engine reads what the migrations say to a cluster', async () => {
  const client = connect(place.server);
  const engines: Record<string, string> = {};
  const altered: string[] = [];
  for (const { name, sql } of eventMigrations()) {
    for (const statement of statementsOf(laidOut(sql, 'big'))) {
      const { stream } = await client.exec({ query: `EXPLAIN AST ${statement}` });
      const tree = await text(stream);
      assert.match(tree, /^(Create|Alter)Query/, name);
      const [, query, table] = /^(\w+)\s+(\S+)/.exec(tree)!;
      if (query === 'AlterQuery') altered.push(table!);
      else engines[table!] = /Storage definition[\s\S]*?Function (\S+)/.exec(tree)?.[1] ?? 'view';
    }
  }
  await client.close();
  assert.deepEqual(engines, {
    events_local: 'ReplicatedMergeTree',
    events: 'Distributed',
    archive_watermarks_local: 'ReplicatedReplacingMergeTree',
    archive_watermarks: 'Distributed',
    archive_plans: 'view',
    event_minutes_local: 'ReplicatedSummingMergeTree',
    event_minutes_kept: 'view',
    event_minutes: 'Distributed',
    event_hours_local: 'ReplicatedSummingMergeTree',
    event_hours_kept: 'view',
    event_hours: 'Distributed',
    table_sizes: 'view',
    archive_owners_local: 'ReplicatedReplacingMergeTree',
    archive_owners: 'Distributed',
    archive_claims: 'view',
  });
  assert.deepEqual(altered, ['events_local', 'events_local', 'events_local']);
});
