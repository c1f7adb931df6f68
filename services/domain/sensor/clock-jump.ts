import { clockSetters } from './commands.ts';
import { instant } from './killed.ts';
import type { SensorDetector } from './observation.ts';
import { recentCommand, recentDeed } from './who.ts';

/** Time daemons turn the clock slowly (500 ppm); what is further within a batch was set. */
const jump = 2_000_000;
/** What a host under load tells comes late, and is compared batch by batch; microseconds. */
const patience = 60_000_000;

/** CLOCK_REALTIME moved against CLOCK_BOOTTIME, which nobody can set. */
export const clockJump: SensorDetector = {
  id: 'sensor.clock-jump',
  title: 'The clock of a host was set',
  techniques: ['T1070.006'],
  severity: 'low',
  detect({ batch, before, now, recent }) {
    if (!before || before.boot !== batch.boot) return [];
    const { wallMicros, bootMicros } = batch.clock;
    const by = wallMicros - bootMicros - (before.wallMicros - before.bootMicros);
    if (Math.abs(by) < jump) return [];
    const seconds = Math.abs(Math.round(by / 1e6));
    const longer = Math.abs(by) + patience;
    const command = recentDeed(recent, now, 'clock-set', longer) ?? recentCommand(recent, now, clockSetters, longer);
    return [
      {
        deviation: by < 0 ? 'set back' : 'set forward',
        reason: `The clock was set ${by < 0 ? 'back' : 'forward'} by ${seconds} s${command ? `, after: ${command.words}` : ''}`,
        saw: [
          { label: 'Would have shown', value: instant(wallMicros - by) },
          { label: 'Shows', value: instant(wallMicros) },
          ...(command ? [command.fact] : []),
        ],
        severity: by < 0 || seconds > 3600 ? 'medium' : 'low',
        ...(command ? { lineage: [command.ancestor] } : {}),
      },
    ];
  },
};
