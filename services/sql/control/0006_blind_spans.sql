-- The sensor itself: what the analysis remembers of it, the times in which a host was not seen, and when ingress could hear.
ALTER TABLE analysis_endpoints ADD COLUMN sensor jsonb;

-- One row a time; losses that follow each other within a minute are one.
CREATE TABLE blind_spans (
  endpoint_id uuid NOT NULL REFERENCES endpoints (id) ON DELETE CASCADE,
  detector    text NOT NULL,
  began_at    timestamptz NOT NULL,
  -- NULL: it lasts.
  ended_at    timestamptz,
  -- Events; 0 where nobody can know.
  lost        bigint NOT NULL DEFAULT 0,
  -- One sentence: what it was, once that is known.
  explanation text,
  -- What the agent had said of itself before a silence, to compare with what it says after it.
  before      jsonb,
  PRIMARY KEY (endpoint_id, detector, began_at)
);
CREATE INDEX blind_spans_open ON blind_spans (endpoint_id) WHERE ended_at IS NULL;
CREATE INDEX blind_spans_ended ON blind_spans (ended_at);

-- When a process of ingress could hear agents and tell of them here: nobody is silent because nobody listened.
CREATE TABLE ingress_reception (
  instance   uuid PRIMARY KEY,
  began_at   timestamptz NOT NULL,
  alive_at   timestamptz NOT NULL
);
