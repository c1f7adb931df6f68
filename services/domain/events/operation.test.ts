import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { Operation } from '@picket/proto';
import { operationName, operationNames } from './operation.ts';

/** From here on: what the agent finds out by itself. */
const byAgent = Operation.HIDE_ENTRY;
const numbers = Object.values(Operation).filter(number => typeof number === 'number' && number > 0) as number[];

test('every operation of the wire has a name, and every name an operation', () => {
  assert.deepEqual(new Set(numbers.map(operationName)), new Set(operationNames.filter(name => name !== 'unknown')));
  assert.equal(operationName(4_000), 'unknown');
});

test('the kernel programs number operations as the wire does', () => {
  const header = readFileSync(new URL('../../../native/bpf/record.h', import.meta.url), 'utf8');
  const enumeration = /enum picket_change \{([^}]*)\}/.exec(header)?.[1] ?? '';
  const kernel = [...enumeration.matchAll(/PICKET_(\w+) = (\d+)/g)].map(([, name, number]) => [name, Number(number)]);
  assert.deepEqual(
    kernel.filter(([name]) => name !== 'EXECUTE'),
    numbers.filter(number => number < byAgent).map(number => [Operation[number], number]),
  );
});
