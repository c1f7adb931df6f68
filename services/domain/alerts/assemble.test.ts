import assert from 'node:assert/strict';
import { test } from 'node:test';
import { executed, process, withFields } from '../detectors/sample-events.ts';
import { droppedBinary } from '../rules/dropped-binary.ts';
import { assemble } from './assemble.ts';

const found = { deviation: 'd', reason: 'It did', saw: [{ label: 'Executed', value: 'x' }] };

test('a finding says who did it, below which ancestors, in words for people', () => {
  const by = withFields(process('/usr/bin/id -u', '/usr/bin/bash', '/usr/sbin/sshd'), {
    user: 'ada',
    uid: 1000,
    euid: 0,
  });
  const finding = assemble(droppedBinary, executed(by), found);
  assert.deepEqual(
    finding.evidence.ancestry.map(({ exe }) => exe),
    ['/usr/sbin/sshd', '/usr/bin/bash', '/usr/bin/id'],
  );
  const facts = Object.fromEntries(finding.evidence.saw.map(({ label, value }) => [label, value]));
  assert.equal(facts['Command line'], 'id -u');
  assert.equal(facts['User'], 'ada as 0');
  assert.equal(facts['Started by'], '/usr/bin/bash');
});

test('what the detector shows of the process already is not shown again', () => {
  const by = process('/tmp/tool --now', '/usr/bin/bash');
  const saw = [
    { label: 'Executed', value: '/tmp/tool' },
    { label: 'Command line', value: 'tool --now' },
  ];
  const { evidence } = assemble(droppedBinary, executed(by), { ...found, saw });
  assert.deepEqual(
    evidence.saw.map(({ label }) => label),
    ['Executed', 'Command line', 'User', 'Working directory', 'Started by'],
  );
});

test('a script is the program, not its interpreter', () => {
  const by = withFields(process('/usr/bin/python3 /usr/bin/tool'), { script: '/usr/bin/tool' });
  assert.equal(assemble(droppedBinary, executed(by), found).program, '/usr/bin/tool');
});

test('the same tool under another temporary name is the same alert', () => {
  const named = (path: string) => assemble(droppedBinary, executed(process(path)), found).program;
  assert.equal(named('/tmp/run-a9Xk2Pq7/tool'), named('/tmp/run-Zb3kL0wd/tool'));
});

test('endless arguments are cut, and NUL never reaches a key', () => {
  const by = process(['/usr/bin/x', 'y'.repeat(5_000), 'z']);
  const finding = assemble(droppedBinary, executed(by), { ...found, deviation: `a\0${'b'.repeat(1_000)}` });
  assert.ok(finding.evidence.ancestry[0]!.args.join('').length < 1_100);
  assert.ok(
    finding.deviation.length <= 400 && finding.deviation.startsWith('a\\x00b') && finding.deviation.endsWith('b'),
  );
});
