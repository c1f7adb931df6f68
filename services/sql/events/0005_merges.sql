-- Merging cost more than inserting: a block became part of a larger one again and again, column by column. More parts at
-- once are merged now (they are merged less often), and small parts in one pass over all columns.
ALTER TABLE {{local events}} {{on cluster}} MODIFY SETTING
  merge_selector_base = 20,
  vertical_merge_algorithm_min_rows_to_activate = 1000000,
  merge_max_block_size = 8192;
