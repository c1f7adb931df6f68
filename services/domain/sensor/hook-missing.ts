/** Kernel programs of the sensor that are not attached: taken away while it ran, or never there. */

import { micros } from '../events/ids.ts';
import { hookTools } from './commands.ts';
import { isNewRun, type Observation, type SensorDetector, type SensorFound } from './observation.ts';
import { recentCommand } from './who.ts';

export const hookMissing: SensorDetector = {
  id: 'sensor.hook-missing',
  title: 'A part of the sensor sees nothing',
  techniques: ['T1562.001'],
  severity: 'high',
  detect(seen) {
    return (seen.batch.heartbeat?.hooks ?? []).slice(0, 64).flatMap(hook => {
      const name = (hook.name ?? '').slice(0, 64);
      const was = seen.before?.hooks[name];
      if (hook.attached || was === false) return [];
      return [missing(seen, name, (hook.reason ?? '').slice(0, 500), was === true)];
    });
  },
  isOver: ({ batch }) => batch.heartbeat?.hooks?.every(({ attached }) => attached) ?? false,
};

function missing({ now, recent }: Observation, name: string, why: string, was: boolean): SensorFound {
  const command = was ? recentCommand(recent, now, hookTools) : undefined;
  return {
    deviation: `${name} missing`,
    reason: was
      ? `The kernel program ${name} was attached and is not any more`
      : `The sensor runs without the kernel program ${name}, and does not see what that would show`,
    saw: [
      { label: 'Hook', value: name },
      ...(why === '' ? [] : [{ label: 'Why', value: why }]),
      ...(command ? [command.fact] : []),
    ],
    severity: was ? 'high' : 'low',
    blind: { from: now, until: undefined, lost: 0 },
    ...(command ? { lineage: [command.ancestor] } : {}),
  };
}

/** It was taken away and the agent put it back: blind for at most the time between two looks. */
export const hookDetached: SensorDetector = {
  id: 'sensor.hook-detached',
  title: 'A part of the sensor was taken away and put back',
  techniques: ['T1562.001'],
  severity: 'high',
  detect(seen) {
    const { batch, before, now, recent } = seen;
    const known = isNewRun(seen) ? {} : (before?.hooksLost ?? {});
    return (batch.heartbeat?.hooksLost ?? []).slice(0, 64).flatMap(lost => {
      const hook = (lost.name ?? '').slice(0, 64);
      const times = lost.times ?? 0;
      if (times <= (known[hook] ?? 0)) return [];
      const command = recentCommand(recent, now, hookTools);
      return [
        {
          deviation: `${hook} detached`,
          reason: `The kernel program ${hook} was detached while the agent ran, and the agent attached it again`,
          saw: [
            { label: 'Hook', value: hook },
            { label: 'Times', value: `${times - (known[hook] ?? 0)}` },
            ...(command ? [command.fact] : []),
          ],
          blind: {
            from: micros(Math.min(before?.wallMicros ?? now, now)),
            until: micros(lost.atMicros || now),
            lost: 0,
          },
          ...(command ? { lineage: [command.ancestor] } : {}),
        },
      ];
    });
  },
};
