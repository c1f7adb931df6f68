-- Every event once. Ordered for "what did this program do on this host": 15.8 bytes an event were measured so.
-- What stands in double braces depends on whether the store is one server or a cluster: services/adapters/clickhouse/layout.ts.
CREATE TABLE IF NOT EXISTS {{local events}} {{on cluster}} (
  endpoint_id     UUID,
  time            DateTime64(6, 'UTC') CODEC(Delta, ZSTD(1)),
  kind            LowCardinality(String),
  exe             LowCardinality(String),
  boot_id         UUID CODEC(ZSTD(1)),
  stream          UInt64 CODEC(ZSTD(1)),
  sequence        UInt64 CODEC(Delta, ZSTD(1)),
  pid             UInt32 CODEC(ZSTD(1)),
  start_ticks     UInt64 CODEC(ZSTD(1)),
  parent_pid      UInt32 CODEC(ZSTD(1)),
  parent_ticks    UInt64 CODEC(ZSTD(1)),
  parent_exe      LowCardinality(String),
  -- SHA-256 of the executable's file; zeros where the agent does not know it.
  exe_hash        LowCardinality(FixedString(32)),
  user            LowCardinality(String),
  uid             UInt32 CODEC(ZSTD(1)),
  euid            UInt32 CODEC(ZSTD(1)),
  -- 4294967295 where no login started the process.
  loginuid        UInt32 CODEC(ZSTD(1)),
  -- ProcessFlag and, below, FileFlag bits of the wire schema.
  process_flags   UInt32 CODEC(ZSTD(1)),
  cgroup          LowCardinality(String),
  -- Package and version of the executable; LD_PRELOAD and its kin, each ended by NUL; effective capabilities.
  package         LowCardinality(String),
  loader          LowCardinality(String),
  capabilities    UInt64 CODEC(ZSTD(1)),
  count           UInt32 CODEC(ZSTD(1)),
  -- The object: path opened, unix socket path, path asked of exec. Bytes as they were.
  path            String CODEC(ZSTD(3)),
  asked           String CODEC(ZSTD(3)),
  -- Arguments joined by NUL (exec only).
  args            String CODEC(ZSTD(3)),
  cwd             LowCardinality(String),
  script          LowCardinality(String),
  flags           UInt32 CODEC(ZSTD(1)),
  what            UInt32 CODEC(ZSTD(1)),
  result          Int32 CODEC(ZSTD(1)),
  inode           UInt64 CODEC(ZSTD(1)),
  protocol        LowCardinality(String),
  local_address   IPv6 CODEC(ZSTD(1)),
  local_port      UInt16 CODEC(ZSTD(1)),
  remote_address  IPv6 CODEC(ZSTD(1)),
  remote_port     UInt16 CODEC(ZSTD(1)),
  -- exec: bytes of all arguments; exit: code; fork: pid of the child; syscalls: thread; unknown: number of the kind.
  number          Int64 CODEC(ZSTD(1)),
  signal          UInt8 CODEC(ZSTD(1)),
  run_micros      UInt64 CODEC(ZSTD(1)),
  -- What was done, where nothing was opened (Operation of the wire schema): path and asked are the path and the other one that
  -- it takes, number and flags its value and extra; the target is the other process, or this one as it was before.
  operation       LowCardinality(String),
  target_pid      UInt32 CODEC(ZSTD(1)),
  target_ticks    UInt64 CODEC(ZSTD(1)),
  target_exe      LowCardinality(String),
  target_uid      UInt32 CODEC(ZSTD(1)),
  target_euid     UInt32 CODEC(ZSTD(1)),
  -- System call numbers in order, for sampled sequences.
  syscalls        Array(UInt16) CODEC(ZSTD(1)),
  -- When the store took the event: what the live view follows. Events may come late.
  stored_at       DateTime64(3, 'UTC') DEFAULT now64(3, 'UTC') CODEC(Delta, ZSTD(1)),
  INDEX times time TYPE minmax GRANULARITY 1,
  INDEX stored stored_at TYPE minmax GRANULARITY 1,
  INDEX exec_id (pid, start_ticks) TYPE bloom_filter(0.01) GRANULARITY 1,
  INDEX parent_id (parent_pid, parent_ticks) TYPE bloom_filter(0.01) GRANULARITY 1,
  INDEX exe_hashes exe_hash TYPE bloom_filter(0.01) GRANULARITY 1,
  -- Asked as has([a, b], x): one index answers for both columns, an OR over two would read everything.
  INDEX addresses [local_address, remote_address] TYPE bloom_filter(0.01) GRANULARITY 1,
  INDEX paths [path, asked] TYPE bloom_filter(0.01) GRANULARITY 1
)
ENGINE = {{replicated}}MergeTree
PARTITION BY toDate(time)
ORDER BY (endpoint_id, exe, time)
TTL toDateTime(time) + INTERVAL 30 DAY
SETTINGS
  -- Insert tokens remembered: an insert that is tried again after a crash is stored once, though others came between.
  {{remembered tokens 10000}},
  -- The bus forgets what was archived: it must be on the disk by then, not only in the page cache.
  fsync_after_insert = 1,
  fsync_part_directory = 1,
  -- A block arrives as a part of few files: a file for each column, created and synced, cost more than the column.
  min_bytes_for_wide_part = 67108864,
  -- A day is dropped whole once it is past.
  ttl_only_drop_parts = 1,
  merge_with_ttl_timeout = 3600;

{{distributed events by sipHash64(endpoint_id)}};
