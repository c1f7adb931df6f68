-- Why the newest submissions of an endpoint are refused, where its own signature says that it was it: a clock that is far off.
-- Shown for as long as nothing newer of it was taken.
ALTER TABLE endpoints
  ADD COLUMN refused_at timestamptz,
  ADD COLUMN refusal jsonb;
