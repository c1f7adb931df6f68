-- Baselines: what each program of an endpoint normally does, and how far the analysis has come. Written by analysis only, a
-- checkpoint at a time: what it learned, how far each stream was seen and its place in the bus change in one transaction.
CREATE TABLE baselines (
  id                 bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  endpoint_id        uuid NOT NULL REFERENCES endpoints (id) ON DELETE CASCADE,
  family             text NOT NULL CHECK (family IN ('file', 'lineage')),
  program            text NOT NULL,
  phase              text NOT NULL CHECK (phase IN ('learning', 'saturated', 'enforced')),
  -- The program does so many different things that no list of them says anything: it keeps no entries and is never enforced.
  unbounded          boolean NOT NULL,
  -- Occasions: a value counts once a minute.
  observations       bigint NOT NULL,
  distinct_values    integer NOT NULL,
  -- How likely the next occasion is to be a new value (Good-Turing).
  unseen_probability double precision NOT NULL,
  -- Minutes in which anything was observed.
  active_minutes     integer NOT NULL,
  first_seen_at      timestamptz NOT NULL,
  last_seen_at       timestamptz NOT NULL,
  enforced_at        timestamptz,
  -- Folders that deviated lately: many at once become one alert.
  deviations         jsonb NOT NULL,
  UNIQUE (endpoint_id, family, program)
);
CREATE INDEX baselines_program ON baselines (family, program);

CREATE TABLE baseline_entries (
  baseline_id   bigint NOT NULL REFERENCES baselines (id) ON DELETE CASCADE,
  value         text NOT NULL,
  count         integer NOT NULL,
  first_seen_at timestamptz NOT NULL,
  last_seen_at  timestamptz NOT NULL,
  PRIMARY KEY (baseline_id, value)
);

-- Per endpoint: the last sequence number of each stream, the newest executions, and the processes whose deeds are not learned.
CREATE TABLE analysis_endpoints (
  endpoint_id uuid PRIMARY KEY REFERENCES endpoints (id) ON DELETE CASCADE,
  watermarks  jsonb NOT NULL,
  recent      jsonb NOT NULL,
  suspects    jsonb NOT NULL
);

-- The last message of each bus partition that is in the tables above.
CREATE TABLE analysis_positions (
  partition  integer PRIMARY KEY,
  "offset"   bigint NOT NULL,
  updated_at timestamptz NOT NULL DEFAULT now()
);
