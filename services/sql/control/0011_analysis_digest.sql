-- Which message stands at the offset: Kafka gives an offset again that it lost in a power cut, and then another message stands there.
ALTER TABLE analysis_positions ADD COLUMN digest text;
