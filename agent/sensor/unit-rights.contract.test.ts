import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { test } from 'node:test';
import { promisify } from 'node:util';
import { type HookReport, sensorSupport } from '@picket/native';
import { unitRightsObstacle, withUnitRights } from '../unit-rights.fixture.ts';

const program = join(import.meta.dirname, 'hooks.fixture.ts');
const support = sensorSupport();
const skip = support.supported ? unitRightsObstacle() : support.reason;

test('with the capabilities of the unit and no root, the sensor attaches what it attaches for root', {
  skip,
}, async () => {
  const attached = async (command: string, ...args: string[]) => {
    const { stdout } = await promisify(execFile)(command, args);
    const hooks = JSON.parse(stdout) as HookReport[];
    return hooks.map(({ name, attached, reason }) => `${name}: ${attached || reason}`);
  };
  const node = [process.execPath, program] as const;
  const forRoot = await attached(...node);
  assert.ok(forRoot.length > 0);
  assert.deepEqual(await attached(...withUnitRights(), ...node), forRoot);
});
