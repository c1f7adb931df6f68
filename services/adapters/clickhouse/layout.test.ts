import assert from 'node:assert/strict';
import { test } from 'node:test';
import { eventMigrations, statementsOf } from '../migrations.ts';
import { laidOut } from './layout.ts';

const sql = `CREATE TABLE {{local t}} {{on cluster}} (a UInt8) ENGINE = {{replicated}}ReplacingMergeTree(a) SETTINGS {{remembered tokens 7}};
{{distributed t by rand()}};
CREATE VIEW v AS SELECT * FROM {{every replica of t}};
SELECT * FROM {{each shard of system.parts}};
`;

test('one server has the tables themselves, and nothing that needs a cluster', () => {
  assert.deepEqual(statementsOf(laidOut(sql, undefined)), [
    'CREATE TABLE t  (a UInt8) ENGINE = ReplacingMergeTree(a) SETTINGS non_replicated_deduplication_window = 7',
    'CREATE VIEW v AS SELECT * FROM t',
    'SELECT * FROM system.parts',
  ]);
});

test('a cluster has replicated tables on each server, and one over them all', () => {
  assert.deepEqual(statementsOf(laidOut(sql, 'big-1')), [
    "CREATE TABLE t_local ON CLUSTER 'big-1' (a UInt8) ENGINE = ReplicatedReplacingMergeTree(a) " +
      'SETTINGS replicated_deduplication_window = 7, replicated_deduplication_window_seconds = 604800',
    "CREATE TABLE IF NOT EXISTS t ON CLUSTER 'big-1' AS t_local ENGINE = Distributed('big-1', currentDatabase(), 't_local', rand())",
    "CREATE VIEW v AS SELECT * FROM clusterAllReplicas('big-1', currentDatabase(), 't_local')",
    "SELECT * FROM cluster('big-1', system.parts)",
  ]);
});

test('what is no placeholder, and what is no name of a cluster, is refused', () => {
  assert.throws(() => laidOut('{{locale t}}', undefined), /no placeholder \{\{locale t\}\}/);
  for (const name of ['', "x' SYNC", '1 OR 1', 'a'.repeat(65)]) {
    assert.throws(() => laidOut(sql, name), /can not be a cluster's name/);
  }
});

test('on a cluster each statement of the migrations runs on every server', () => {
  for (const { name, sql } of eventMigrations()) {
    for (const statement of statementsOf(laidOut(sql, 'c'))) assert.match(statement, / ON CLUSTER 'c' /, name);
  }
});
