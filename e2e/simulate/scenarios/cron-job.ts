import { existsSync, rmSync } from 'node:fs';
import { execute, isRoot, type Scenario } from '../scenario.ts';

const job = '/etc/cron.d/picket-simulation';

/** Something is to run again after a restart (T1053.003); the file says nothing but a comment. */
export const cronJob: Scenario = {
  name: 'cron job',
  does: `${job} is written with only a comment in it, and removed`,
  detectors: ['file.cron-write'],
  obstacle() {
    if (!isRoot) return 'only root may write there';
    return existsSync('/etc/cron.d') ? undefined : 'there is no /etc/cron.d';
  },
  async run(undo, signal) {
    undo.defer(() => rmSync(job, { force: true }));
    await execute(signal, '/bin/sh', '-c', `echo '# written by: npm run simulate' > ${job}`);
  },
};
