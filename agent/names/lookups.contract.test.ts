/** Real questions to a real server of names on this machine, by each call that programs use for it; skipped without a sensor. */

import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { after, before, describe, test } from 'node:test';
import { stage } from '../sensor/contract/act.ts';
import { sensorHere, watch } from '../sensor/contract/watch.ts';
import type { NameHeard } from '../sensor/event.ts';
import { Lookups } from './lookups.ts';
import { answer } from './message.fixture.ts';
import { parseMessage } from './message.ts';

describe('names that are asked for', sensorHere, () => {
  const { act } = stage();
  const seen = watch();
  after(() => seen.source.close());
  // A loopback address of this test's own: port 53 of 127.0.0.1 may be somebody's.
  const place = `127.53.${(process.pid >> 8) & 255}.${process.pid & 255}`;
  const address = '\x7f\x09\x09\x09';
  const server = createSocket('udp4').unref();
  after(() => server.close());
  before(async () => {
    server.on('message', (bytes, peer) => {
      const { id, name, type } = parseMessage(bytes)!;
      const records = type === 1 ? [{ alias: 'edge.example.net' }, { address }] : [];
      server.send(
        answer(name, type, name.startsWith('no.') ? [] : records, name.startsWith('no.') ? 3 : 0, id),
        peer.port,
        peer.address,
      );
    });
    server.bind(53, place);
    await once(server, 'listening');
  });

  /** Everything that a program's run told of names, and its last connection with its name. */
  async function lookUp(name: string, way: string) {
    // Not run to its end at once: this process is the one that answers.
    const child = spawn(act, ['lookup', place, name, way, '127.9.9.9', '9'], { stdio: 'inherit' });
    await once(child, 'exit');
    await seen.of('exit', child.pid!);
    const lookups = new Lookups();
    const own = seen.events.filter(({ pid }) => pid === child.pid);
    const told = own.flatMap(event => (event.kind === 'name-heard' ? (lookups.hear(event, false) ?? []) : []));
    const connection = own.findLast(event => event.kind === 'connect' && event.remotePort === 9);
    const named = connection?.kind === 'connect' ? lookups.nameOf(connection) : undefined;
    const heard = own.filter((event): event is NameHeard => event.kind === 'name-heard');
    return { heard, told, named, unanswered: lookups.due(Number.MAX_SAFE_INTEGER) };
  }

  for (const way of ['sendto', 'send', 'write', 'messages']) {
    test(`${way}: the answer is told, and the connection that follows has the name`, async () => {
      const { heard, told, named, unanswered } = await lookUp('www.example.com', way);
      const questions = way === 'messages' ? 2 : 1;
      assert.deepEqual(
        [heard.filter(event => !event.isAnswer).length, heard.filter(event => event.isAnswer).length],
        [questions, questions],
      );
      assert.deepEqual(
        told.map(({ domain, localAddress, remotePort, result }) => [domain, localAddress, remotePort, result]).at(0),
        ['www.example.com', address, 53, 0],
      );
      assert.equal(told.length, 1);
      assert.equal(named, 'www.example.com');
      assert.deepEqual(
        unanswered.filter(({ result }) => result === -110),
        [],
      );
    });
  }

  test('a name that does not exist is told, and names no connection', async () => {
    const { told, named } = await lookUp('no.example.com', 'send');
    assert.deepEqual(
      told.map(({ domain, result }) => [domain, result]),
      [['no.example.com', -2]],
    );
    assert.equal(named, '');
  });

  test('datagrams to other ports and what is read of files are not looked into', async () => {
    const pid = seen.run([act, 'send', '127.0.0.1', '5353', '3']);
    assert.deepEqual(await seen.of('name-heard', pid), []);
    assert.deepEqual(await seen.of('name-heard', seen.run(['/bin/cat', '/etc/hosts'])), []);
  });
});
