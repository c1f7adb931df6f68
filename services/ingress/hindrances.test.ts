import assert from 'node:assert/strict';
import { test } from 'node:test';
import pino from 'pino';
import { micros } from '../domain/events/ids.ts';
import { Hindrances } from './hindrances.ts';

const at = (seconds: number) => micros(1_763_000_000_000_000 + seconds * 1e6);

test('what is in the way is said once, and once when nothing was refused for ten seconds', () => {
  const said: string[] = [];
  const hindrances = new Hindrances(pino({}, { write: line => void said.push(JSON.parse(line).msg) }));
  hindrances.wentThrough('full', at(0));
  assert.deepEqual(said, []);
  for (let second = 1; second < 60; second++) {
    hindrances.refused('full', new Error('no room'), at(second));
    hindrances.wentThrough('full', at(second));
    hindrances.wentThrough('bus', at(second));
  }
  assert.equal(said.length, 1);
  assert.match(said[0]!, /disk is full/);
  hindrances.wentThrough('full', at(68));
  assert.equal(said.length, 1);
  hindrances.wentThrough('full', at(69));
  hindrances.wentThrough('full', at(70));
  assert.deepEqual(said.slice(1), ['There is room again: submissions are taken']);
  hindrances.refused('full', new Error('no room'), at(71));
  assert.equal(said.length, 3);
});
