import { existsSync, rmSync } from 'node:fs';
import { execute, isRoot, type Scenario } from '../scenario.ts';

const unit = '/etc/systemd/system/picket-simulation.service';

/** Persistence as a service (T1543.002); the unit is empty, not enabled, and systemd is not told. */
export const systemdUnit: Scenario = {
  name: 'systemd unit',
  does: `${unit} is written with only a comment in it, and removed`,
  detectors: ['file.systemd-unit-write'],
  obstacle() {
    if (!isRoot) return 'only root may write there';
    return existsSync('/etc/systemd/system') ? undefined : 'there is no /etc/systemd/system';
  },
  async run(undo, signal) {
    undo.defer(() => rmSync(unit, { force: true }));
    await execute(signal, '/bin/sh', '-c', `echo '# written by: npm run simulate' > ${unit}`);
  },
};
