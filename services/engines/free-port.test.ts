import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { test } from 'node:test';
import { promisify } from 'node:util';
import { freePorts } from './free-port.ts';

const run = promisify(execFile);
const asModule = ['--input-type=module', '-e'];
const opening = `import { freePorts } from ${JSON.stringify(import.meta.resolve('./free-port.ts'))};`;

test('processes that ask at once are given different ports, and nobody one that is listened on', async () => {
  const script = `
    ${opening}
    console.log((await freePorts(45)).join(' '));
    process.stdin.resume();
  `;
  const asking = Array.from({ length: 4 }, () => {
    const asked = run(process.execPath, [...asModule, script]);
    const said = once(asked.child.stdout!, 'data').then(([text]) => String(text).trim().split(' ').map(Number));
    return { asked, said };
  });
  const ports = (await Promise.all(asking.map(({ said }) => said))).flat();
  for (const { asked } of asking) asked.child.stdin!.end();
  await Promise.all(asking.map(({ asked }) => asked));
  assert.equal(ports.length, 180);
  assert.equal(new Set(ports).size, 180);

  const [one] = await freePorts(1);
  const busy = createServer().listen(one! + 1, '127.0.0.1');
  await once(busy, 'listening');
  assert.ok(!(await freePorts(10)).includes(one! + 1));
  busy.close();
});

for (const held of [0, 1]) {
  test(`that no file can be opened is told as that, with ${held} ports taken before`, async () => {
    const script = `
      ${opening}
      import { openSync } from 'node:fs';
      await freePorts(${held});
      try {
        for (;;) openSync('/dev/null');
      } catch {}
      await freePorts(1).catch(error => console.log(error.message));
    `;
    const limited = ['-c', 'ulimit -n 256 && exec "$0" "$@"', process.execPath, ...asModule, script];
    assert.match((await run('sh', limited)).stdout, /^No free port of 127\.0\.0\.1 can be looked for: .*EMFILE/);
  });
}
