import { PreviousEnd } from '@picket/proto';
import { epoch, executed, first, kill, newRun, second, shell, testStories } from './story.fixture.ts';

testStories([
  {
    why: 'killed, and who did it',
    steps: [
      first,
      newRun(20, {
        previous: { end: PreviousEnd.KILLED, aliveMicros: epoch + second, by: { signal: 9, lineage: [shell, kill] } },
      }),
    ],
    finds: { 'sensor.killed': /^The agent was killed with SIGKILL by kill \(pid 41, ada\)$/ },
  },
  {
    why: 'killed, and nobody knows by whom',
    steps: [first, newRun(20, { previous: { end: PreviousEnd.KILLED } })],
    finds: { 'sensor.killed': /without a word while the host ran on/ },
  },
  {
    why: 'stopped in its tracks until its watchdog gave it up, and who did it',
    steps: [
      first,
      newRun(90, {
        previous: { end: PreviousEnd.KILLED, aliveMicros: epoch + second, by: { signal: 19, lineage: [shell, kill] } },
      }),
    ],
    finds: {
      'sensor.killed':
        /^The agent was stopped in its tracks with SIGSTOP by kill \(pid 41, ada\), and did not run again$/,
    },
  },
  {
    why: 'how the run before ended is found once',
    steps: [
      first,
      newRun(20, { previous: { end: PreviousEnd.KILLED } }),
      { ...newRun(20, { previous: { end: PreviousEnd.KILLED } }), at: 30 },
    ],
    finds: {},
  },
  {
    why: 'killed by nobody’s signal, after a debugger had it',
    steps: [first, newRun(20, { previous: { end: PreviousEnd.KILLED, aliveMicros: epoch + second } })],
    recent: [{ ...executed(1, 'gdb', '-p', '39'), deed: 'agent-accessed' }],
    finds: { 'sensor.killed': /or a crash, after gdb -p 39 laid hands on it$/ },
  },
  {
    why: 'the host lost its power',
    steps: [first, newRun(20, { previous: { end: PreviousEnd.HOST_DOWN } })],
    finds: { 'sensor.host-down': /went down under its agent/ },
  },
]);
