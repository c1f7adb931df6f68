-- Counts that pages ask for again and again, kept as the events come. Rows of one key are added up by the engine in time:
-- read them with sum(events). An insert that is tried again is counted once (settings of the insert: event-store.ts).
CREATE TABLE IF NOT EXISTS {{local event_minutes}} {{on cluster}} (
  minute  DateTime('UTC') CODEC(Delta, ZSTD(1)),
  kind    LowCardinality(String),
  events  UInt64 CODEC(ZSTD(1))
)
ENGINE = {{replicated}}SummingMergeTree(events)
PARTITION BY toDate(minute)
ORDER BY (minute, kind)
TTL minute + INTERVAL 30 DAY
SETTINGS {{remembered tokens 10000}}, fsync_after_insert = 1, fsync_part_directory = 1, ttl_only_drop_parts = 1;

CREATE MATERIALIZED VIEW IF NOT EXISTS event_minutes_kept {{on cluster}} TO {{local event_minutes}} AS
SELECT toStartOfMinute(time, 'UTC') AS minute, kind, count() AS events FROM {{local events}} GROUP BY minute, kind;

{{distributed event_minutes by rand()}};

CREATE TABLE IF NOT EXISTS {{local event_hours}} {{on cluster}} (
  endpoint_id  UUID,
  hour         DateTime('UTC') CODEC(Delta, ZSTD(1)),
  kind         LowCardinality(String),
  exe          LowCardinality(String),
  script       LowCardinality(String),
  events       UInt64 CODEC(ZSTD(1))
)
ENGINE = {{replicated}}SummingMergeTree(events)
PARTITION BY toDate(hour)
ORDER BY (endpoint_id, exe, script, kind, hour)
TTL hour + INTERVAL 30 DAY
SETTINGS {{remembered tokens 10000}}, fsync_after_insert = 1, fsync_part_directory = 1, ttl_only_drop_parts = 1;

CREATE MATERIALIZED VIEW IF NOT EXISTS event_hours_kept {{on cluster}} TO {{local event_hours}} AS
SELECT endpoint_id, toStartOfHour(time, 'UTC') AS hour, kind, exe, script, count() AS events
FROM {{local events}} GROUP BY endpoint_id, hour, kind, exe, script;

{{distributed event_hours by sipHash64(endpoint_id)}};

-- What the tables take on the disk, one replica of each counted.
CREATE VIEW IF NOT EXISTS table_sizes {{on cluster}} AS
SELECT replaceRegexpOne(table, '_local$', '') AS table_name, toUInt64(sum(rows)) AS rows,
       toUInt64(sum(bytes_on_disk)) AS bytes, toUInt64(count()) AS parts
FROM {{each shard of system.parts}}
WHERE active AND database = currentDatabase() GROUP BY table_name;
