-- How far each agent's stream is archived, and what the archive was about to insert: written before a block, so that
-- after a crash the same block is cut again, with the same token. The newest row of each stream counts.
CREATE TABLE IF NOT EXISTS archive_watermarks (
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
ENGINE = ReplacingMergeTree(block)
ORDER BY (partition, endpoint_id, stream)
SETTINGS non_replicated_deduplication_window = 100, fsync_after_insert = 1, fsync_part_directory = 1;
