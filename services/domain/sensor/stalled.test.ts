import { executed, first, kill, running, second, shell, testStories } from './story.fixture.ts';

testStories([
  {
    why: 'the agent was stopped in its tracks',
    steps: [
      first,
      {
        at: 60,
        fields: {
          heartbeat: { ...running, stalledMicros: 45 * second, stalledBy: { signal: 19, lineage: [shell, kill] } },
        },
      },
    ],
    finds: { 'sensor.stalled': /^The agent was stopped in its tracks for 45 s by kill \(pid 41, ada\)$/ },
  },
  {
    why: 'a busy host',
    steps: [first, { at: 60, fields: { heartbeat: { ...running, stalledMicros: 5 * second } } }],
    finds: {},
  },
  {
    why: 'held up by nobody’s signal, while a debugger had it',
    steps: [first, { at: 60, fields: { heartbeat: { ...running, stalledMicros: 45 * second } } }],
    recent: [{ ...executed(10, 'gdb', '-p', '39'), deed: 'agent-accessed' }],
    finds: { 'sensor.stalled': /or starved, after gdb -p 39 laid hands on it$/ },
  },
]);
