-- Accounts: who may do what, who is logged in, and who changed what.
CREATE TABLE users (
  id                   uuid PRIMARY KEY,
  email                text NOT NULL CHECK (length(email) BETWEEN 3 AND 254),
  name                 text NOT NULL CHECK (length(name) BETWEEN 1 AND 120),
  role                 text NOT NULL CHECK (role IN ('viewer', 'analyst', 'admin')),
  -- PHC string of argon2id.
  password_hash        text NOT NULL,
  must_change_password boolean NOT NULL,
  disabled             boolean NOT NULL DEFAULT false,
  created_at           timestamptz NOT NULL DEFAULT now(),
  last_login_at        timestamptz
);
CREATE UNIQUE INDEX users_email ON users (lower(email));

-- A session is known by the SHA-256 of its token: who reads this table cannot log in with it.
CREATE TABLE sessions (
  token_hash   bytea PRIMARY KEY CHECK (length(token_hash) = 32),
  user_id      uuid NOT NULL REFERENCES users (id) ON DELETE CASCADE,
  created_at   timestamptz NOT NULL,
  last_used_at timestamptz NOT NULL,
  expires_at   timestamptz NOT NULL
);
CREATE INDEX sessions_user ON sessions (user_id);

-- Logins tried, per account and per address; `key` says which.
CREATE TABLE login_attempts (
  key             text PRIMARY KEY CHECK (length(key) <= 300),
  attempts        integer NOT NULL,
  last_at         timestamptz NOT NULL,
  next_allowed_at timestamptz NOT NULL
);
CREATE INDEX login_attempts_last ON login_attempts (last_at);

-- Append only. Actor and subject are kept as they were called then: they may be gone by now, so nothing refers to them.
CREATE TABLE audit_log (
  id           bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  at           timestamptz NOT NULL DEFAULT now(),
  -- NULL: the system itself.
  actor_id     uuid,
  actor        text,
  address      text,
  action       text NOT NULL,
  subject_kind text,
  subject_id   text,
  subject      text,
  detail       jsonb NOT NULL DEFAULT '{}'
);
CREATE INDEX audit_log_actor ON audit_log (actor_id, id DESC);
CREATE INDEX audit_log_action ON audit_log (action text_pattern_ops, id DESC);

CREATE FUNCTION audit_log_stays() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION 'the audit log is append only';
END $$;
CREATE TRIGGER audit_log_stays BEFORE UPDATE OR DELETE ON audit_log FOR EACH ROW EXECUTE FUNCTION audit_log_stays();
