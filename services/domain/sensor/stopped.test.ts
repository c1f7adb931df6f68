import assert from 'node:assert/strict';
import { test } from 'node:test';
import { after, epoch, executed, first, kill, newRun, running, second, shell, testStories } from './story.fixture.ts';

testStories([
  {
    why: 'good-bye, and who sent the signal',
    steps: [first, { at: 5, fields: { heartbeat: { ...running, stopping: { signal: 15, lineage: [shell, kill] } } } }],
    finds: { 'sensor.stopped': /^The agent was stopped with SIGTERM by kill \(pid 41, ada\)$/ },
  },
  {
    why: 'good-bye by systemd, which was asked to',
    steps: [
      first,
      {
        at: 5,
        fields: {
          heartbeat: {
            ...running,
            stopping: { signal: 15, lineage: [{ pid: 1, program: '/usr/lib/systemd/systemd' }] },
          },
        },
      },
    ],
    recent: [executed(4, 'systemctl', 'stop', 'monitoringAgent.service')],
    finds: { 'sensor.stopped': /by systemd \(pid 1\), after: systemctl stop monitoringAgent\.service$/ },
  },
  {
    why: 'good-bye for good, and who wanted it so',
    steps: [first, { at: 5, fields: { heartbeat: { ...running, stopping: { signal: 15 }, uninstalling: true } } }],
    recent: [executed(3, 'dpkg', '--remove', 'picket-agent'), executed(4, 'systemctl', 'stop', 'monitoringAgent')],
    finds: { 'sensor.uninstalled': /^The agent is being uninstalled: dpkg --remove picket-agent$/ },
  },
  {
    why: 'good-bye for good by the script',
    steps: [first, { at: 5, fields: { heartbeat: { ...running, stopping: {}, uninstalling: true } } }],
    recent: [executed(3, 'bash', './install.sh', 'agent', '--uninstall')],
    finds: { 'sensor.uninstalled': /: bash \.\/install\.sh agent --uninstall$/ },
  },
  {
    why: 'good-bye with the host',
    steps: [first, { at: 5, fields: { heartbeat: { ...running, stopping: { signal: 15 } } } }],
    recent: [executed(4, 'systemctl', 'reboot')],
    finds: { 'sensor.stopped': /^The host is going down/ },
  },
]);

test('a stop lasts until another run of the agent is heard', () => {
  const stop = { at: 5, fields: { heartbeat: { ...running, stopping: { signal: 15 } } } };
  const stopped = after([first, stop])!;
  assert.equal(stopped.findings[0]!.blind!.until, undefined);
  assert.deepEqual(stopped.record.blind, ['sensor.stopped']);
  const again = after([first, stop, newRun(50)])!;
  assert.deepEqual(again.over, [
    { endpoint: again.over[0]!.endpoint, detector: 'sensor.stopped', at: epoch + 50 * second },
  ]);
  assert.deepEqual(again.record.blind, []);
});
