import { configWriters } from './commands.ts';
import { isNewRun, type SensorDetector } from './observation.ts';
import { recentCommand, recentDeed } from './who.ts';

/** A file is changed and the agent started again when there is time; microseconds. */
const patience = 3_600_000_000;

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
    const command =
      recentDeed(seen.recent, seen.now, 'config-written', patience) ??
      recentCommand(seen.recent, seen.now, configWriters, patience);
    return [
      {
        deviation: changed.join(', ').slice(0, 200),
        reason: `The agent runs with another configuration than before: ${changed.join(', ').slice(0, 200)}${command ? `, after: ${command.words}` : ''}`,
        saw: [
          ...changed.slice(0, 16).map(name => ({
            label: name.slice(0, 64),
            value: `${digest(before.options[name])} → ${digest(now[name])}`,
          })),
          ...(command ? [command.fact] : []),
        ],
        ...(command ? { lineage: [command.ancestor] } : {}),
      },
    ];
  },
};

const digest = (value: string | undefined): string =>
  value === undefined ? 'not set' : `digest ${value.slice(0, 16)}`;
