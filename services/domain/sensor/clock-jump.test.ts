import { executed, first, testStories } from './story.fixture.ts';

testStories([
  {
    why: 'the clock was set back',
    steps: [first, { at: 20, shift: -3600 }],
    recent: [executed(19, 'date', '-s', 'yesterday')],
    finds: { 'sensor.clock-jump': /^The clock was set back by 3600 s, after: date -s yesterday$/ },
  },
  {
    why: 'the clock was set forward, and a busy host says so a minute later',
    steps: [first, { at: 80, shift: 100 }],
    recent: [executed(5, 'date', '-s', 'tomorrow')],
    finds: { 'sensor.clock-jump': /^The clock was set forward by 100 s, after: date -s tomorrow$/ },
  },
  {
    why: 'the clock was set, and who did it was seen',
    steps: [first, { at: 20, shift: -3600 }],
    recent: [{ ...executed(10, 'python3', 'x.py'), deed: 'clock-set' }, executed(19, 'date', '-s', 'yesterday')],
    finds: { 'sensor.clock-jump': /^The clock was set back by 3600 s, after: python3 x.py$/ },
  },
  { why: 'a time daemon turns the clock slowly', steps: [first, { at: 20, shift: 0.01 }], finds: {} },
]);
