-- What became of alerts and is to go onto the bus: written together with the alert, so that neither is there without the other, and
-- gone once the bus has it. No reference to the alert: what was found is told even where its endpoint is removed meanwhile.
CREATE TABLE alert_outbox (
  -- Of changes to one alert in the order in which they were made, since each waits for the alert's lock.
  id      bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  -- `AlertChange` of ports/alert-outbox.ts.
  message json NOT NULL
);
