import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type ServiceEnvironment, serviceManager } from './service-manager.ts';

function manager(environment: ServiceEnvironment) {
  const said: string[] = [];
  const service = serviceManager(environment, 42, (socket, message) => {
    said.push(`${socket} ${message}`);
    return 0;
  });
  return { service, said };
}

test('systemd is told of each step, on one line', () => {
  const { service, said } = manager({ NOTIFY_SOCKET: '/run/notify', WATCHDOG_USEC: '60000000', WATCHDOG_PID: '42' });
  service.ready();
  service.status('connected\nREADY=0');
  service.alive();
  service.stopping();
  const expected = ['READY=1', 'STATUS=connected READY=0', 'WATCHDOG=1', 'STOPPING=1'];
  assert.deepEqual(
    said,
    expected.map(message => `/run/notify ${message}`),
  );
  assert.equal(service.aliveEveryMillis, 20_000);
});

test('without systemd, or with a watchdog for another process, nobody is told', () => {
  const { service, said } = manager({});
  service.ready();
  assert.deepEqual(said, []);
  assert.equal(service.aliveEveryMillis, undefined);
  assert.equal(manager({ WATCHDOG_USEC: '60000000' }).service.aliveEveryMillis, undefined);
  const other = { NOTIFY_SOCKET: '/run/notify', WATCHDOG_USEC: '60000000', WATCHDOG_PID: '7' };
  assert.equal(manager(other).service.aliveEveryMillis, undefined);
});
