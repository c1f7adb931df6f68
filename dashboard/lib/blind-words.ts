/** What each detector of the sensor itself means, in words for whoever wonders what was not seen. */

interface BlindWords {
  readonly what: string;
  /** What is missing from what Picket shows of that time. */
  readonly means: string;
  /** Nothing of the host was seen; else some of it. */
  readonly wholly: boolean;
}

const words: Readonly<Record<string, BlindWords>> = {
  'sensor.silent': {
    what: 'Not heard',
    means: 'What the host did is unknown, unless the agent ran on and sends it later.',
    wholly: true,
  },
  'sensor.stopped': { what: 'Agent stopped', means: 'Nothing of this time was recorded.', wholly: true },
  'sensor.uninstalled': { what: 'Agent uninstalled', means: 'Nothing of this time was recorded.', wholly: true },
  'sensor.killed': { what: 'Agent killed', means: 'Nothing of this time was recorded.', wholly: true },
  'sensor.unsaid-end': { what: 'Agent ended unsaid', means: 'Nothing of this time was recorded.', wholly: true },
  'sensor.host-down': {
    what: 'Host down',
    means: 'The host was off; what it did last may not have been sent.',
    wholly: true,
  },
  'sensor.late-start': { what: 'Booted without agent', means: 'Nothing of this time was recorded.', wholly: true },
  'sensor.stalled': {
    what: 'Agent held up',
    means: 'The kernel went on recording until its buffer was full.',
    wholly: true,
  },
  'sensor.gap': { what: 'Events missing', means: 'They were numbered on the host and never arrived.', wholly: false },
  'sensor.loss': { what: 'Events lost', means: 'The sensor counted them and could not keep them.', wholly: false },
  'sensor.spool-lost': { what: 'Spool removed', means: 'What waited to be sent is gone.', wholly: false },
  'sensor.new-stream': { what: 'Numbered anew', means: 'What waited to be sent may be gone.', wholly: false },
  'sensor.hook-missing': { what: 'Hook missing', means: 'One kind of events is not recorded.', wholly: false },
  'sensor.hook-detached': {
    what: 'Hook detached',
    means: 'One kind of events was not recorded until the agent put the hook back.',
    wholly: false,
  },
};

export const blindWords = (detector: string): BlindWords =>
  words[detector] ?? {
    what: detector,
    means: 'A reason that this version of Picket does not know yet.',
    wholly: false,
  };

/** Alerts of this detector are about times in which a host was not seen. */
export const isBlindness = (detector: string): boolean => detector in words;
