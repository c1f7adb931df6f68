import assert from 'node:assert/strict';
import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { eventsLost, lossWords } from './loss-words.ts';

const root = join(import.meta.dirname, '../..');
const text = (file: string) => readFileSync(join(root, file), 'utf8');
const all = (source: string, pattern: RegExp) => [...source.matchAll(pattern)].map(match => match[1] ?? '');

test('every counter of the sensor and of the agent has its words', () => {
  const sensor = [
    ...all(text('native/bpf/control.h'), /COUNTER\(\w+, "([\w.-]+)"\)/g),
    ...all(text('native/src/addon.cc'), /all\.Set\("([\w.-]+)"/g),
  ];
  const agent = globSync('agent/**/*.ts', { cwd: root, exclude: file => file.endsWith('.test.ts') })
    .map(text)
    .flatMap(source => all(source, /(?:lose\(|count\(|losses\.add\(|sensor\.counters\(\), )'([\w.-]+)'/gi));
  assert.ok(sensor.length >= 17 && agent.length >= 7, `${sensor} ${agent}`);
  const nameless = [...sensor, ...agent].filter(name => /does not know yet/.test(lossWords(name).meaning));
  assert.deepEqual(nameless, []);
});

test('text that was cut and calls that were not sampled are no lost events; what nobody knows is', () => {
  const losses = {
    'args.cut': 300,
    'sample.lost': 200,
    'fold.crowded': 7,
    'ring.full': 4,
    'spool.full': 2,
    'newer.one': 1,
  };
  assert.equal(eventsLost(losses), 7);
  assert.equal(eventsLost({}), 0);
});
