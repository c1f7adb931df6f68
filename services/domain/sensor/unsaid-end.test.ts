import { PreviousEnd } from '@picket/proto';
import { first, newRun, running, type Step, testStories } from './story.fixture.ts';

const farewell: Step = { at: 15, fields: { heartbeat: { ...running, stopping: { signal: 15 } } } };
const ended = (end: PreviousEnd) => newRun(20, { previous: { end } });
const another = { bootId: Buffer.alloc(16, 9), streamId: Buffer.alloc(8, 7) };
const afterBoot = (end: PreviousEnd): Step => ({ at: 20, fields: { ...another, ...ended(end).fields } });

testStories([
  {
    why: 'an agent that was killed, and a note that says it ended in order',
    steps: [first, ended(PreviousEnd.IN_ORDER)],
    finds: {
      'sensor.unsaid-end': /without a word to its server, and the note on its host says that it ended in order/,
    },
  },
  {
    why: 'an agent that was killed, and no note',
    steps: [first, ended(PreviousEnd.NONE)],
    finds: { 'sensor.spool-lost': /its spool was removed/, 'sensor.unsaid-end': /the note of its end is gone/ },
  },
  {
    why: 'an agent that was killed, and a note that somebody wrote over',
    steps: [first, ended(PreviousEnd.UNKNOWN)],
    finds: { 'sensor.unsaid-end': /the note of its end can’t be read: killed by somebody/ },
  },
  {
    why: 'a note that a power cut damaged',
    steps: [first, afterBoot(PreviousEnd.UNKNOWN)],
    finds: { 'sensor.unsaid-end': /can’t be read: the host lost its power, or/ },
  },
  {
    why: 'a host that forgets everything with each boot',
    steps: [first, afterBoot(PreviousEnd.NONE)],
    finds: { 'sensor.spool-lost': /its spool was removed/ },
  },
  {
    why: 'what it told in between is no last word',
    steps: [first, { at: 10, fields: { heartbeat: running } }, { at: 12 }, ended(PreviousEnd.IN_ORDER)],
    finds: { 'sensor.unsaid-end': /without a word/ },
  },
  { why: 'one that said that it ends', steps: [first, farewell, ended(PreviousEnd.IN_ORDER)], finds: {} },
  {
    why: 'one that was uninstalled, and is installed again',
    steps: [
      first,
      { at: 15, fields: { heartbeat: { ...running, stopping: { signal: 15 }, uninstalling: true } } },
      newRun(20, { previous: { end: PreviousEnd.IN_ORDER } }),
    ],
    finds: {},
  },
  {
    why: 'that it was killed says another alert already',
    steps: [first, ended(PreviousEnd.KILLED)],
    finds: { 'sensor.killed': /without a word/ },
  },
  { why: 'the first start of all', steps: [ended(PreviousEnd.NONE)], finds: {} },
  { why: 'a host that went down with its agent', steps: [first, farewell, afterBoot(PreviousEnd.IN_ORDER)], finds: {} },
  {
    why: 'one that was killed, then its host started anew, and a note that says it ended in order',
    steps: [first, afterBoot(PreviousEnd.IN_ORDER)],
    finds: { 'sensor.unsaid-end': /without a word/ },
  },
  {
    why: 'the end of the run before is judged once',
    steps: [first, ended(PreviousEnd.IN_ORDER), { ...ended(PreviousEnd.IN_ORDER), at: 30 }],
    finds: {},
  },
  {
    why: 'an agent that says nothing of the run before',
    steps: [first, newRun(20)],
    finds: {},
  },
]);
