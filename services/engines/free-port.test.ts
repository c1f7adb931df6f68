import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { test } from 'node:test';
import { promisify } from 'node:util';
import { freePorts } from './free-port.ts';

test('processes that ask at once are given different ports, and nobody one that is listened on', async () => {
  const script = `
    import { freePorts } from ${JSON.stringify(import.meta.resolve('./free-port.ts'))};
    console.log((await freePorts(45)).join(' '));
    process.stdin.resume();
  `;
  const asking = Array.from({ length: 4 }, () => {
    const asked = promisify(execFile)(process.execPath, ['--input-type=module', '-e', script]);
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
