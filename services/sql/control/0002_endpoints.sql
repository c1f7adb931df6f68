-- Endpoints: who may submit. The server keeps the public key only; the private seed is in the agent's file.
CREATE TABLE endpoints (
  id            uuid PRIMARY KEY,
  name          text NOT NULL CHECK (length(name) BETWEEN 1 AND 120),
  public_key    bytea NOT NULL CHECK (length(public_key) = 32),
  created_at    timestamptz NOT NULL DEFAULT now(),
  created_by    uuid REFERENCES users (id) ON DELETE SET NULL,
  key_set_at    timestamptz NOT NULL DEFAULT now(),
  revoked_at    timestamptz,
  -- What the agent last said of itself; written by ingress.
  last_seen_at  timestamptz,
  agent_version text,
  boot_id       uuid,
  losses        jsonb NOT NULL DEFAULT '{}',
  heartbeat     jsonb,
  heartbeat_at  timestamptz
);
CREATE UNIQUE INDEX endpoints_name ON endpoints (lower(name));
