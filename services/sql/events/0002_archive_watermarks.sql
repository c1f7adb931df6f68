-- How far each agent's stream is archived, and what the archive was about to insert: written before a block, so that
-- after a crash the same block is cut again, with the same token. The newest row of each stream counts.
CREATE TABLE IF NOT EXISTS {{local archive_watermarks}} {{on cluster}} (
  -- Partition of the bus.
  partition     UInt32,
  endpoint_id   UUID,
  stream        UInt64,
  -- Grows with each block.
  block         UInt64,
  -- The block holds the messages of the bus from first_offset to last_offset.
  first_offset  UInt64,
  last_offset   UInt64,
  -- Next sequence number expected of the stream, before the block and after it.
  before        UInt64,
  after         UInt64
)
ENGINE = {{replicated}}ReplacingMergeTree(block)
ORDER BY (partition, endpoint_id, stream)
SETTINGS {{remembered tokens 1000}}, fsync_after_insert = 1, fsync_part_directory = 1;

{{distributed archive_watermarks by sipHash64(endpoint_id)}};

-- A plan is held by most replicas of its shard, and the one that is asked may not be among them: all are.
CREATE VIEW IF NOT EXISTS archive_plans {{on cluster}} AS SELECT * FROM {{every replica of archive_watermarks}};
