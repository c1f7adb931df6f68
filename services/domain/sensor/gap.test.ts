import { first, testStories } from './story.fixture.ts';

testStories([
  {
    why: 'numbers were skipped',
    steps: [first, { at: 10, missing: 12 }],
    finds: { 'sensor.gap': /^12 events between two batches .* never arrived$/ },
  },
  {
    why: 'one number was skipped',
    steps: [first, { at: 10, missing: 1 }],
    finds: { 'sensor.gap': /^1 event between two batches/ },
  },
]);
