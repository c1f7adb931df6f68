import { PreviousEnd } from '@picket/proto';
import { first, newRun, testStories } from './story.fixture.ts';

testStories([
  {
    why: 'the spool was removed',
    steps: [first, { ...newRun(20, { previous: { end: PreviousEnd.NONE } }), at: 21 }],
    finds: { 'sensor.spool-lost': /its spool was removed/, 'sensor.unsaid-end': /the note of its end is gone/ },
  },
  {
    why: 'a new stream on the same boot',
    steps: [first, { at: 20, fields: { streamId: Buffer.alloc(8, 7) } }],
    finds: { 'sensor.new-stream': /numbers its events anew/ },
  },
  {
    why: 'a new stream after a boot is as it should be',
    steps: [first, { at: 20, fields: { streamId: Buffer.alloc(8, 7), bootId: Buffer.alloc(16, 9) } }],
    finds: {},
  },
]);
