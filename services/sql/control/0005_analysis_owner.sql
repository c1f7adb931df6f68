-- Whoever takes a partition of the bus over raises its epoch: a former owner that does not know yet can't checkpoint it any more.
-- An offset of -1: taken over, and nothing is in the tables yet.
ALTER TABLE analysis_positions ADD COLUMN epoch bigint NOT NULL DEFAULT 0;
