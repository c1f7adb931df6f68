-- The newest finding that was counted, of the streams before last_stream: [[stream, sequence], …], latest first, 15 at most.
-- An agent that starts again begins a new stream while the old one's batches may still come, or come again after a crash of
-- the analysis.
ALTER TABLE alerts ADD COLUMN earlier_streams jsonb NOT NULL DEFAULT '[]';
