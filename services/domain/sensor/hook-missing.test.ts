import { first, hooks, running, testStories } from './story.fixture.ts';

testStories([
  {
    why: 'a hook that was attached is not',
    steps: [
      first,
      { at: 10, fields: { heartbeat: { ...running, hooks: [hooks[0]!, { name: 'network', reason: 'gone' }] } } },
    ],
    finds: { 'sensor.hook-missing': /^The kernel program network was attached and is not any more$/ },
  },
  {
    why: 'a hook that was never there is told once',
    steps: [
      { at: 0, fields: { heartbeat: { ...running, hooks: [{ name: 'network', reason: 'no' }] } } },
      { at: 10, fields: { heartbeat: { ...running, hooks: [{ name: 'network', reason: 'no' }] } } },
    ],
    finds: {},
  },
  {
    why: 'a hook was detached and put back',
    steps: [first, { at: 10, fields: { heartbeat: { ...running, hooksLost: [{ name: 'file', times: 1 }] } } }],
    finds: { 'sensor.hook-detached': /^The kernel program file was detached/ },
  },
]);
