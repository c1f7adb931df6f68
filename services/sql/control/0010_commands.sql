-- Response: commands to agents, and the role that may give them.
ALTER TABLE users DROP CONSTRAINT users_role_check;
ALTER TABLE users ADD CONSTRAINT users_role_check CHECK (role IN ('viewer', 'analyst', 'responder', 'admin'));

-- What the agent last said about commands: which command key it trusts, and whether the host is isolated. NULL: it takes none.
ALTER TABLE endpoints
  ADD COLUMN command_serial bigint NOT NULL DEFAULT 0,
  ADD COLUMN response       jsonb;

-- `line` is the signed command as the agent gets it. The key that signs is not in this database: who writes here can keep a
-- command from its agent, or have one arrive again that the agent then refuses, but can make none.
CREATE TABLE commands (
  id          uuid PRIMARY KEY,
  endpoint_id uuid NOT NULL REFERENCES endpoints (id) ON DELETE CASCADE,
  serial      bigint NOT NULL,
  action      jsonb NOT NULL,
  line        text NOT NULL,
  -- As they were called then, like the audit log's.
  asked_by    text NOT NULL,
  issued_at   timestamptz NOT NULL,
  expires_at  timestamptz NOT NULL,
  sent_at     timestamptz,
  finished_at timestamptz,
  outcome     text CHECK (outcome IN ('done', 'failed', 'refused')),
  detail      text NOT NULL DEFAULT '',
  file        jsonb,
  UNIQUE (endpoint_id, serial),
  CHECK ((outcome IS NULL) = (finished_at IS NULL))
);
-- What waits for its agent is asked for often and is little.
CREATE INDEX commands_open ON commands (endpoint_id, serial) WHERE outcome IS NULL;
