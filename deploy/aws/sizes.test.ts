import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { readTemplate } from './task.fixture.ts';

type Values = Readonly<Record<string, string>>;
type Condition = Readonly<Record<string, readonly unknown[]>>;
interface Rule {
  readonly RuleCondition: Condition;
  readonly Assertions: readonly { readonly Assert: Condition }[];
}

const { Parameters, Rules } = readTemplate('picket');
/** Those about sizes are written without tags, so that they can be read here. */
const rules: readonly Rule[] = Object.entries(Rules as Record<string, Rule>)
  .filter(([name]) => /\d$/.test(name))
  .map(([, rule]) => rule);
const allowed = (name: string): number[] => Parameters[name].AllowedValues;

/** A reference is left as the name of its parameter. */
function holds(condition: Condition, values: Values): boolean {
  const [[name, [first, second]]] = Object.entries(condition) as [[string, [unknown, string]]];
  const value = (given: unknown) => values[given as string] ?? given;
  if (name === 'Fn::Equals') return value(first) === value(second);
  if (name === 'Fn::Contains') return (first as string[]).includes(value(second) as string);
  throw new Error(`a rule with ${name}, which this test does not know`);
}

const refused = (values: Values): boolean =>
  rules.some(
    ({ RuleCondition, Assertions }) =>
      holds(RuleCondition, values) && !Assertions.every(({ Assert }) => holds(Assert, values)),
  );
const fitting = { IngressTasks: '1', IngressMaxTasks: '64', ArchiveTasks: '1', AnalysisTasks: '1', Partitions: '96' };

for (const [tasks, limit] of [
  ['IngressTasks', 'IngressMaxTasks'],
  ['ArchiveTasks', 'Partitions'],
  ['AnalysisTasks', 'Partitions'],
] as const)
  test(`${tasks} beyond ${limit} is refused before anything is made, and nothing else is`, () => {
    for (const number of allowed(tasks))
      for (const most of allowed(limit)) {
        const values = { ...fitting, [tasks]: String(number), [limit]: String(most) };
        assert.equal(refused(values), number > most, `${number} of at most ${most}`);
      }
  });

test('each size of the README is one that the template takes', () => {
  const readme = readFileSync(join(import.meta.dirname, 'README.md'), 'utf8');
  const rows = [...readme.matchAll(/^\| [\d,]+ \| (\d+) to (\d+), (\d+), (\d+), (\d+) \|/gm)];
  assert.equal(rows.length, 4);
  for (const [row, ...numbers] of rows) {
    const values = Object.fromEntries(Object.keys(fitting).map((name, i) => [name, numbers[i]!]));
    for (const [name, value] of Object.entries(values))
      assert.ok(allowed(name).includes(Number(value)), `${name} ${row}`);
    assert.equal(refused(values), false, row);
  }
});
