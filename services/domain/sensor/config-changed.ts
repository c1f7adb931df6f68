import { isNewRun, type SensorDetector } from './observation.ts';

export const configChanged: SensorDetector = {
  id: 'sensor.config-changed',
  title: "An agent's configuration was changed",
  techniques: ['T1562.001'],
  severity: 'medium',
  detect(seen) {
    const { batch, before } = seen;
    const now = batch.heartbeat?.options ?? {};
    if (!before || !isNewRun(seen) || Object.keys(now).length === 0 || Object.keys(before.options).length === 0)
      return [];
    const names = [...new Set([...Object.keys(before.options), ...Object.keys(now)])].slice(0, 64).toSorted();
    const changed = names.filter(name => before.options[name] !== now[name]);
    if (changed.length === 0) return [];
    return [
      {
        deviation: changed.join(', ').slice(0, 200),
        reason: `The agent runs with another configuration than before: ${changed.join(', ').slice(0, 200)}`,
        saw: changed.slice(0, 16).map(name => ({
          label: name.slice(0, 64),
          value: `${digest(before.options[name])} → ${digest(now[name])}`,
        })),
      },
    ];
  },
};

const digest = (value: string | undefined): string =>
  value === undefined ? 'not set' : `digest ${value.slice(0, 16)}`;
