/** To run a program with the rights that the agent's unit has: no root, its capabilities, and no way to more. */

import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

const unit = join(import.meta.dirname, '../deploy/systemd/monitoringAgent.service');

/** A user who owns nothing. */
export const nobody = 65_534;

export const unitRightsObstacle = (): string | undefined =>
  spawnSync('setpriv', ['--version']).status === 0 ? undefined : 'there is no setpriv (util-linux)';

/** A command line: the program's is to follow. */
export function withUnitRights(): [program: string, ...args: string[]] {
  const [, names = ''] = /^CapabilityBoundingSet=(.+)$/m.exec(readFileSync(unit, 'utf8'))!;
  const rights = names.split(' ').map(name => `+${name.toLowerCase().replace('cap_', '')}`);
  return [
    ...(['setpriv', '--reuid', `${nobody}`, '--regid', `${nobody}`, '--clear-groups', '--no-new-privs'] as const),
    ...['--inh-caps', ['-all', ...rights].join(), '--ambient-caps', rights.join()],
    ...['--bounding-set', ['-all', ...rights].join()],
  ];
}
