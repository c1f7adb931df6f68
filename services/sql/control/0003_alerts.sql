-- Alerts: one row per (endpoint, detector, program, deviation); the hundredth repetition is a count.
CREATE TABLE alerts (
  id            uuid PRIMARY KEY,
  endpoint_id   uuid NOT NULL REFERENCES endpoints (id) ON DELETE CASCADE,
  detector      text NOT NULL,
  program       text NOT NULL,
  deviation     text NOT NULL,
  title         text NOT NULL,
  severity      text NOT NULL CHECK (severity IN ('low', 'medium', 'high', 'critical')),
  severity_rank smallint NOT NULL GENERATED ALWAYS AS (
    CASE severity WHEN 'low' THEN 1 WHEN 'medium' THEN 2 WHEN 'high' THEN 3 ELSE 4 END
  ) STORED,
  techniques    text[] NOT NULL DEFAULT '{}',
  status        text NOT NULL DEFAULT 'open' CHECK (status IN ('open', 'in_progress', 'closed')),
  verdict       text CHECK (verdict IN ('true_positive', 'benign', 'false_positive')),
  assignee_id   uuid REFERENCES users (id) ON DELETE SET NULL,
  count         bigint NOT NULL,
  first_seen_at timestamptz NOT NULL,
  last_seen_at  timestamptz NOT NULL,
  -- The newest finding that was counted, per stream of the endpoint: a replayed one is not counted again.
  last_stream   text NOT NULL,
  last_sequence bigint NOT NULL,
  -- The evidence of the first finding (domain/alerts/finding.ts).
  exec_id       text NOT NULL,
  evidence      jsonb NOT NULL,
  created_at    timestamptz NOT NULL DEFAULT now(),
  updated_at    timestamptz NOT NULL DEFAULT now(),
  -- Grows with each triage, not with each count: two analysts who work on one alert notice each other by it.
  revision      bigint NOT NULL DEFAULT 0,
  UNIQUE (endpoint_id, detector, program, deviation),
  CHECK ((status = 'closed') = (verdict IS NOT NULL))
);
CREATE INDEX alerts_queue ON alerts (status, last_seen_at DESC, id DESC);
CREATE INDEX alerts_recent ON alerts (last_seen_at DESC, id DESC);
CREATE INDEX alerts_first_seen ON alerts (first_seen_at DESC, id DESC);
CREATE INDEX alerts_severity ON alerts (severity_rank DESC, last_seen_at DESC, id DESC);
CREATE INDEX alerts_count ON alerts (count DESC, id DESC);
CREATE INDEX alerts_endpoint ON alerts (endpoint_id, last_seen_at DESC);

-- The system reopens alerts too: the revision is kept here, where nobody can forget it.
CREATE FUNCTION alert_triaged() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  NEW.revision := OLD.revision + 1;
  RETURN NEW;
END $$;
CREATE TRIGGER alert_triaged BEFORE UPDATE ON alerts FOR EACH ROW
  WHEN ((OLD.status, OLD.verdict, OLD.assignee_id) IS DISTINCT FROM (NEW.status, NEW.verdict, NEW.assignee_id))
  EXECUTE FUNCTION alert_triaged();

-- The first 50 findings of an alert with their evidence; further ones only count.
CREATE TABLE findings (
  alert_id  uuid NOT NULL REFERENCES alerts (id) ON DELETE CASCADE,
  stream    text NOT NULL,
  sequence  bigint NOT NULL,
  found_at  timestamptz NOT NULL,
  exec_id   text NOT NULL,
  count     bigint NOT NULL,
  evidence  jsonb NOT NULL,
  PRIMARY KEY (alert_id, stream, sequence)
);

-- What people and the system did to an alert, comments included; append only.
CREATE TABLE alert_history (
  id        bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  alert_id  uuid NOT NULL REFERENCES alerts (id) ON DELETE CASCADE,
  at        timestamptz NOT NULL DEFAULT now(),
  -- NULL: the system itself.
  actor_id  uuid REFERENCES users (id) ON DELETE SET NULL,
  action    text NOT NULL CHECK (action IN ('created', 'reopened', 'status', 'assignee', 'comment')),
  detail    jsonb NOT NULL DEFAULT '{}'
);
CREATE INDEX alert_history_alert ON alert_history (alert_id, id);
