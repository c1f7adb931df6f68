import { executed, first, newRun, testStories } from './story.fixture.ts';

testStories([
  {
    why: 'another configuration',
    steps: [first, newRun(20, { options: { api: 'aa', spool_size: 'cc', masking: 'dd' } })],
    finds: { 'sensor.config-changed': /: masking, spool_size$/ },
  },
  {
    why: 'another configuration, and who had the file in hand',
    steps: [first, newRun(600, { options: { api: 'aa', spool_size: 'cc' } })],
    recent: [
      executed(10, 'vi', '/etc/monitoringAgent.conf'),
      executed(590, 'cat', '/etc/monitoringAgent.conf'),
      executed(595, 'systemctl', 'restart', 'monitoringAgent'),
    ],
    finds: { 'sensor.config-changed': /: spool_size, after: vi \/etc\/monitoringAgent\.conf$/ },
  },
  {
    why: 'another configuration, and who was seen to write it, whatever the command lines of others say',
    steps: [first, newRun(600, { options: { api: 'aa', spool_size: 'cc' } })],
    recent: [
      { ...executed(20, 'python3', 'x.py'), deed: 'config-written' },
      executed(30, 'vi', '/etc/monitoringAgent.conf'),
    ],
    finds: { 'sensor.config-changed': /: spool_size, after: python3 x\.py$/ },
  },
]);
