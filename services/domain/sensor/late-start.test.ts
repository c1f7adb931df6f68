import { first, newRun, testStories } from './story.fixture.ts';

testStories([
  {
    why: 'a boot without an agent for an hour',
    steps: [first, { at: 4000, fields: { ...newRun(3900).fields, bootId: Buffer.alloc(16, 9) } }],
    finds: { 'sensor.late-start': /^The host ran for 67 minutes after its boot/ },
  },
  {
    why: 'a first start, long after the boot',
    steps: [{ at: 4000, fields: newRun(3900).fields }],
    finds: {},
  },
]);
