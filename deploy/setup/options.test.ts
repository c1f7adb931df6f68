import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Options, readOptions } from './options.mjs';

const read = (args: string[], env: NodeJS.ProcessEnv = {}) => readOptions(args, env) as Options;

test('nothing given runs everything at its usual place', () => {
  const { config, agent, ports, listen } = read([]);
  assert.deepEqual(
    { config, agent, ports, listen },
    {
      config: '/etc/monitoringAgent.conf',
      agent: true,
      ports: { ingress: 5001, dashboard: 3000, api: 3001 },
      listen: '0.0.0.0',
    },
  );
});

test('an option goes before the environment, the environment before the default', () => {
  assert.equal(read(['--data', '/a'], { PICKET_DATA: '/b' }).data, '/a');
  assert.equal(read([], { PICKET_DATA: '/b' }).data, '/b');
});

test('an unknown option is refused by name', () => {
  assert.match((readOptions(['--agnet'], {}) as { error: string }).error, /--agnet/);
});
