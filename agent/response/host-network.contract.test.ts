/** Real kernel programs on a cgroup of the test's own: the machine itself keeps its network. Skipped where they can't be loaded. */

import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { after, before, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { bootMicros, isolate, releasePinned, sensorSupport } from '@picket/native';
import { cgroupRoot, HostNetwork } from './host-network.ts';
import { type SmallNetwork, smallNetwork, smallNetworkObstacle } from './small-network.fixture.ts';

const support = sensorSupport();
const options = { skip: support.supported ? smallNetworkObstacle() : support.reason, timeout: 120_000 };
/** Ports in the other namespace: that of the server, and that of somebody else. */
const [server, other] = [5001, 8080];

let net: SmallNetwork;
/** Port of the isolated host itself. */
let own: string;
before(async () => {
  if (options.skip) return;
  net = await smallNetwork();
  for (const port of [server, other]) assert.equal(await net.outside.ask(`listen ${port}`), `${port}`);
  own = await net.inside.ask('listen 0');
});
after(() => net?.close());

const hostNetwork = () =>
  new HostNetwork(new URL(`http://${net.addresses[0]}:${server}/submit_logs`), () => net.places);
const inFuture = (micros: number) => Date.now() * 1000 + micros;

for (const family of [0, 1] as const) {
  test(
    `isolated, a host reaches its server and itself, and nobody else (IPv${family === 0 ? 4 : 6})`,
    options,
    async () => {
      const { inside, addresses } = net;
      const address = addresses[family];
      const network = hostNetwork();
      assert.equal(await inside.ask(`connect ${address} ${other}`), 'ok');
      assert.equal(network.isolate({ addresses, untilMicros: null }), '');
      assert.equal(await inside.ask(`connect ${address} ${server}`), 'ok');
      assert.equal(await inside.ask(`connect ${family === 0 ? '127.0.0.1' : '::1'} ${own}`), 'ok');
      assert.equal(await inside.ask(`connect ${address} ${other}`), 'EPERM');
      network.release();
      assert.equal(await inside.ask(`connect ${address} ${other}`), 'ok');
    },
  );
}

test('what was connected before is cut off, and goes on when the host is released', options, async () => {
  const { inside, addresses } = net;
  const [address] = addresses;
  assert.equal(await inside.ask(`hold ${address} ${other}`), 'ok');
  assert.equal(await inside.ask(`udp ${address} ${other}`), 'ok');
  const network = hostNetwork();
  network.isolate({ addresses, untilMicros: null });
  assert.equal(await inside.ask(`udp ${address} ${other}`), 'EPERM');
  inside.order('echo');
  // Were it not held up, its answer would come before that of a whole connection.
  assert.equal(await inside.ask(`connect ${address} ${server}`), 'ok');
  network.release();
  assert.equal(await inside.answer(), 'echoed');
});

for (const [family, port, client] of [
  [0, 67, 68],
  [1, 547, 546],
] as const)
  test(
    `isolated, what a DHCP client sends and hears goes on, and nothing else by its ports (IPv${family === 0 ? 4 : 6})`,
    options,
    async t => {
      const { inside, outside, addresses } = net;
      const address = addresses[family];
      const network = hostNetwork();
      network.isolate({ addresses, untilMicros: null });
      assert.equal(await inside.ask(`datagram ${address} ${port} 40000`), 'EPERM');
      const elsewhere = await inside.ask(`datagram ${address} ${other} ${client}`);
      if (elsewhere === 'EADDRINUSE')
        t.diagnostic('a DHCP client of this machine has its port: only that others are refused was looked at');
      else assert.equal(elsewhere, 'EPERM');
      if (elsewhere === 'EADDRINUSE') return network.release();
      assert.equal(await outside.ask(`heard ${port}`), 'hears');
      assert.equal(await inside.ask(`datagram ${address} ${port} ${client}`), 'ok');
      assert.equal(await outside.answer(), `${client}`);
      const host = family === 0 ? net.own : net.ownIpv6;
      assert.equal(await inside.ask('heard 40000'), 'hears');
      assert.equal(await outside.ask(`datagram ${host} 40000 ${port}`), 'ok');
      // Were it let in, it would be heard before what comes from the host itself.
      inside.order(`datagram ${family === 0 ? '127.0.0.1' : '::1'} 40000 40001`);
      assert.deepEqual([await inside.answer(), await inside.answer()].sort(), ['40001', 'ok']);
      assert.equal(await inside.ask(`heard ${client}`), 'hears');
      assert.equal(await outside.ask(`datagram ${host} ${client} ${port}`), 'ok');
      assert.equal(await inside.answer(), `${port}`);
      network.release();
    },
  );

test('from outside nobody gets in', options, async () => {
  const { inside, outside, addresses } = net;
  assert.equal(await outside.ask(`connect ${net.own} ${own}`), 'ok');
  const network = hostNetwork();
  network.isolate({ addresses, untilMicros: null });
  assert.equal(await outside.ask(`connect ${net.own} ${own}`), 'late');
  network.release();
  assert.equal(await inside.ask(`connect ${addresses[0]} ${other}`), 'ok');
});

test(
  'it goes on when the process that isolated has ended, and the next one takes it over and ends it',
  options,
  async () => {
    const { inside, addresses, places } = net;
    const call = { ...places, addresses, port: server };
    // As the agent does it, in a process that ends at once.
    const native = import.meta.resolve('@picket/native');
    execFileSync(process.execPath, [
      '--input-type=module',
      '-e',
      `import { isolate } from ${JSON.stringify(native)};
     import { mkdirSync } from 'node:fs';
     mkdirSync(${JSON.stringify(places.pins)}, { recursive: true });
     if (isolate({ ...${JSON.stringify(call)}, untilBootMicros: undefined }).fleeting() !== '') process.exit(1);`,
    ]);
    assert.equal(await inside.ask(`connect ${addresses[0]} ${other}`), 'EPERM');
    const next = isolate({ ...call, untilBootMicros: undefined });
    assert.deepEqual([next.fleeting(), next.intact()], ['', true]);
    assert.equal(await inside.ask(`connect ${addresses[0]} ${other}`), 'EPERM');
    next.close();
    assert.equal(await inside.ask(`connect ${addresses[0]} ${other}`), 'EPERM', 'let go of, not ended');
    releasePinned(places.pins);
    assert.equal(await inside.ask(`connect ${addresses[0]} ${other}`), 'ok');
  },
);

test('its time over, the kernel itself gives the network back', options, async () => {
  const { inside, addresses, places } = net;
  const network = hostNetwork();
  network.isolate({ addresses, untilMicros: inFuture(600_000_000) });
  assert.equal(await inside.ask(`connect ${addresses[0]} ${other}`), 'EPERM');
  // Nobody ends it: its time is in the past.
  const past = isolate({ ...places, addresses, port: server, untilBootMicros: Date.now() * 1000 - bootMicros() - 1 });
  network.release();
  assert.equal(await inside.ask(`connect ${addresses[0]} ${other}`), 'ok');
  assert.equal(past.intact(), true, 'the programs are still there');
  past.release();
});

test('where nothing can be kept it holds as long as the process, and says so', options, async () => {
  const { inside, addresses, places } = net;
  const folder = fileURLToPath(new URL('.', import.meta.url));
  const network = new HostNetwork(new URL(`http://${addresses[0]}:${server}/submit_logs`), () => ({
    ...places,
    pins: folder,
  }));
  assert.match(network.isolate({ addresses, untilMicros: null }), /^nothing can be kept in /);
  assert.equal(await inside.ask(`connect ${addresses[0]} ${other}`), 'EPERM');
  network.release();
  assert.equal(await inside.ask(`connect ${addresses[0]} ${other}`), 'ok');
});

test('a cgroup that is not there is said, and nothing has changed', options, () => {
  const { addresses, places } = net;
  const network = new HostNetwork(new URL('http://192.0.2.1:5001/submit_logs'), () => ({
    ...places,
    cgroup: '/nowhere',
  }));
  assert.throws(
    () => network.isolate({ addresses, untilMicros: null }),
    /the cgroup \/nowhere can't be opened: No such file/,
  );
  assert.equal(network.intact, false);
});

test('the hierarchy is found beside those of version 1, and its lack is said', () => {
  const line = '41 31 0:35 / /sys/fs/cgroup/unified rw,nosuid shared:9 - cgroup2 cgroup2 rw,nsdelegate';
  assert.equal(cgroupRoot(`30 1 0:1 / / rw - ext4 /dev/a rw\n${line}\n`), '/sys/fs/cgroup/unified');
  assert.throws(() => cgroupRoot('30 1 0:1 / / rw - ext4 /dev/a rw\n'), /no cgroup hierarchy of version 2/);
});
