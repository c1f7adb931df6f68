import { rmSync } from 'node:fs';
import { execute, type Scenario } from '../scenario.ts';

const dropped = '/tmp/picket-simulation';

/** A tool that was brought along is put where everybody may write, and run (T1105, T1036). */
export const droppedBinary: Scenario = {
  name: 'dropped binary',
  does: `a copy of /bin/true is put at ${dropped} and run`,
  detectors: ['process.dropped-binary'],
  obstacle: () => undefined,
  async run(undo, signal) {
    undo.defer(() => rmSync(dropped, { force: true }));
    await execute(signal, '/bin/cp', '/bin/true', dropped);
    await execute(signal, dropped);
  },
};
