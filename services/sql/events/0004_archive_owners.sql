-- Who archives a partition of the bus: the newest epoch counts, and of two with the same epoch the greater owner. A row is
-- written when a partition is taken over, before anything else; an archive that finds a newer one than its own stops.
CREATE TABLE IF NOT EXISTS {{local archive_owners}} {{on cluster}} (
  partition  UInt32,
  epoch      UInt64,
  -- Chance: two that took the same epoch are told apart by it.
  owner      UInt64
)
ENGINE = {{replicated}}ReplacingMergeTree
ORDER BY (partition, epoch, owner)
SETTINGS {{remembered tokens 1000}}, fsync_after_insert = 1, fsync_part_directory = 1;

{{distributed archive_owners by partition}};

-- As with plans: the replica that is asked may not be among those that hold the newest row.
CREATE VIEW IF NOT EXISTS archive_claims {{on cluster}} AS SELECT * FROM {{every replica of archive_owners}};
