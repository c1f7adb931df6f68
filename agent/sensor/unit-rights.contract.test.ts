import assert from 'node:assert/strict';
import { execFile, execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { promisify } from 'node:util';
import { type HookReport, sensorSupport } from '@picket/native';

const unit = join(import.meta.dirname, '../../deploy/systemd/monitoringAgent.service');
const program = join(import.meta.dirname, 'hooks.fixture.ts');
const nobody = '65534';

function obstacle(): string | false {
  const support = sensorSupport();
  if (!support.supported) return support.reason;
  try {
    execFileSync('setpriv', ['--version']);
    return false;
  } catch {
    return 'there is no setpriv (util-linux)';
  }
}

test('with the capabilities of the unit and no root, the sensor attaches what it attaches for root', {
  skip: obstacle(),
}, async () => {
  const [, names = ''] = /^CapabilityBoundingSet=(.+)$/m.exec(readFileSync(unit, 'utf8'))!;
  const rights = names.split(' ').map(name => `+${name.toLowerCase().replace('cap_', '')}`);
  const asUnit = [
    ...['--reuid', nobody, '--regid', nobody, '--clear-groups', '--no-new-privs'],
    ...['--inh-caps', ['-all', ...rights].join(), '--ambient-caps', rights.join()],
    ...['--bounding-set', ['-all', ...rights].join()],
  ];
  const attached = async (command: string, ...args: string[]) => {
    const { stdout } = await promisify(execFile)(command, args);
    const hooks = JSON.parse(stdout) as HookReport[];
    return hooks.map(({ name, attached, reason }) => `${name}: ${attached || reason}`);
  };
  const node = [process.execPath, program] as const;
  const forRoot = await attached(...node);
  assert.ok(forRoot.length > 0);
  assert.deepEqual(await attached('setpriv', ...asUnit, ...node), forRoot);
});
