/** The sensor itself: losses are counted, what does not load is named, several run side by side, nothing stays behind. */

import assert from 'node:assert/strict';
import { execFileSync, spawn, spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, readdirSync, readFileSync, readlinkSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { type HookReport, openSensor, releaseUnused } from '@picket/native';
import { stage } from './contract/act.ts';
import { sensorHere, watch } from './contract/watch.ts';

describe('the sensor', sensorHere, () => {
  const { folder, act } = stage();
  const objects = fileURLToPath(new URL('./build/bpf', import.meta.resolve('@picket/native')));

  /** What a process has open, as the kernel calls it. */
  const opened = (pid: number | 'self') =>
    readdirSync(`/proc/${pid}/fd`).map(fd => {
      try {
        return readlinkSync(`/proc/${pid}/fd/${fd}`);
      } catch {
        return '';
      }
    });
  const descriptors = () => opened('self').filter(name => /bpf|eventfd/.test(name)).length;

  /** Makes an object file of kernel programs of the text. */
  const compile = (text: string, into: string) => {
    const clang = readFileSync(join(objects, '../CMakeCache.txt'), 'utf8').match(/^CLANG:\w+=(.*)$/m)?.[1] ?? 'clang';
    execFileSync(clang, ['-target', 'bpf', '-O2', '-g', '-c', '-x', 'c', '-o', into, '-'], { input: text });
  };

  test('a full ring is counted, and what got through is whole', async () => {
    let whole = 0;
    let got = 0;
    const sensor = openSensor({ ringBytes: 4_096, flushMillis: 60_000, foldMillis: 60_000 }, records => {
      const view = new DataView(records.buffer, records.byteOffset, records.byteLength);
      for (let at = 0; at < records.length; at += view.getUint32(at + 4, true)) {
        whole += 1;
        const type = view.getUint32(at, true);
        if (type === 1 && Buffer.from(records.subarray(at)).toString('latin1').includes('count-me')) got += 1;
      }
    });
    const total = 300;
    spawnSync('/bin/sh', ['-c', `for i in $(seq ${total}); do /bin/true count-me; done`]);
    const lost = sensor.counters()['ring.full'] ?? 0;
    await sensor.close();
    assert.ok(lost > 0, 'nothing was lost');
    // The ring is the whole machine's: on a busy one none of ours may have found room.
    assert.ok(whole > 0, 'nothing got through');
    assert.ok(got < total, `all ${total} got through a ring that holds a few`);
  });

  test('with a ring that is large enough nothing is lost of a burst', async () => {
    await using seen = watch({ foldMillis: 60_000 });
    const total = 400;
    const shell = seen.run(['/bin/sh', '-c', `for i in $(seq ${total}); do /bin/true burst; done`]);
    const execs = await seen.all(
      'exec',
      event => event.image.parentPid === shell && event.image.args.includes('burst'),
    );
    const exits = await seen.all('exit', event => execs.some(exec => exec.pid === event.pid));
    assert.deepEqual([execs.length, exits.length], [total, total]);
    assert.equal(seen.source.counters()['ring.full'], 0);
  });

  test('the sensor does not report itself; what it starts is a program like others', async () => {
    await using seen = watch({ ignoreSelf: true });
    readFileSync('/etc/hosts');
    const pid = seen.run(['/bin/sh', '-c', '/bin/cat /etc/hosts; /bin/true']);
    const execs = await seen.all('exec', event => event.image.parentPid === pid || event.pid === pid);
    assert.deepEqual(
      execs.map(({ image }) => image.args.split('\0')[0]),
      ['/bin/sh', '/bin/cat', '/bin/true'],
    );
    assert.deepEqual(await seen.all('open', event => event.pid === process.pid), []);
  });

  test('in a pid namespace too the sensor does not report itself', () => {
    const script = `
      import { openSensor } from ${JSON.stringify(import.meta.resolve('@picket/native'))};
      import { readFileSync } from 'node:fs';
      for (const ignoreSelf of [false, true]) {
        let seen = false;
        const sensor = openSensor({ ignoreSelf }, records => { seen ||= Buffer.from(records).includes('/own-work-' + ignoreSelf); });
        try { readFileSync('/etc/own-work-' + ignoreSelf); } catch {}
        await sensor.close();
        console.log(ignoreSelf, seen, sensor.ownPid === process.pid);
      }`;
    const inNode = [process.execPath, '--input-type=module', '-e', script];
    const inNamespace = ['--pid', '--fork', '--mount-proc', ...inNode];
    assert.equal(execFileSync('unshare', inNamespace, { encoding: 'utf8' }), 'false true false\ntrue false false\n');
  });

  test('memory that only the start needed is given back, and the sensor goes on', async () => {
    await using seen = watch();
    const before = process.memoryUsage.rss();
    releaseUnused();
    const after = process.memoryUsage.rss();
    assert.ok(after < before - 15e6, `${before} before, ${after} after`);
    const pid = seen.run(['/bin/cat', '/etc/hosts']);
    assert.ok((await seen.of('open', pid)).some(event => event.path === '/etc/hosts'));
  });

  test('two sensors see the same; after the close of both nothing of them is left', async () => {
    const before = descriptors();
    await using one = watch();
    await using two = watch();
    const pid = one.run(['/bin/true']);
    await Promise.all([one, two].map(each => each.first('exit', event => event.pid === pid)));
    await Promise.all([one.source.close(), two.source.close()]);
    await one.source.close();
    assert.equal(descriptors(), before);
  });

  test('everything attaches on this kernel', async () => {
    await using seen = watch();
    assert.deepEqual(
      seen.source.hooks.filter(hook => !hook.attached),
      [],
    );
  });

  test('everything attaches also in a process that gets a signal each millisecond', () => {
    const program = fileURLToPath(import.meta.resolve('./hooks.fixture.ts'));
    const profiled = ['--cpu-prof', '--cpu-prof-dir', folder, program];
    const hooks: HookReport[] = JSON.parse(execFileSync(process.execPath, profiled, { encoding: 'utf8' }));
    assert.deepEqual(
      hooks.filter(hook => !hook.attached),
      [],
    );
  });

  test('everything attaches also in a process that is stopped again and again meanwhile', async () => {
    const program = fileURLToPath(import.meta.resolve('./hooks.fixture.ts'));
    const child = spawn(process.execPath, [program], { stdio: ['ignore', 'pipe', 'inherit'] });
    const pid = child.pid!;
    const said = child.stdout.toArray();
    const moment = new Int32Array(new SharedArrayBuffer(4));
    const until = (isSo: () => boolean) => {
      while (!isSo()) {
        assert.notEqual(stateOf(pid), 'Z', 'it has ended');
        Atomics.wait(moment, 0, 0, 1);
      }
    };
    // Its maps are made: its programs come next. Each try that is stopped ends, and libbpf makes five of a program.
    until(() => opened(pid).some(name => name.includes('bpf-map')));
    for (let stops = 0; stops < 24; stops++) {
      child.kill('SIGSTOP');
      until(() => stateOf(pid) === 'T');
      child.kill('SIGCONT');
      Atomics.wait(moment, 0, 0, 5);
    }
    const hooks: HookReport[] = JSON.parse((await said).join(''));
    assert.deepEqual(
      hooks.filter(hook => !hook.attached),
      [],
    );
  });

  test('without plain loads (kernels before 6.2) the same is seen', async () => {
    await using seen = watch({ directLoads: false });
    assert.match(seen.source.fallbacks.join(), /memory is read by helpers/);
    const pid = seen.run(['/bin/cat', '/etc/hosts']);
    const opens = await seen.of('open', pid);
    assert.ok(opens.some(event => event.path === '/etc/hosts'));
    assert.equal((await seen.of('exec', pid))[0]?.image.exe, '/usr/bin/cat');
    const server = seen.run([act, 'accept', '127.0.0.1', '0']);
    assert.equal((await seen.of('accept', server)).length, 1);
  });

  test('a program that the verifier refuses and one that is broken are named with the reason; the rest runs', async () => {
    const spoiled = join(folder, 'objects');
    mkdirSync(spoiled);
    cpSync(objects, spoiled, { recursive: true });
    compile(refused, join(spoiled, 'file.bpf.o'));
    rmSync(join(spoiled, 'network.bpf.o'));
    await using seen = watch({ objects: spoiled });
    const why = (name: string) => seen.source.hooks.find(hook => hook.name === name && !hook.attached)?.reason ?? '';
    assert.match(why('file'), /invalid mem access/);
    assert.match(why('network'), /network\.bpf\.o can't be opened: No such file/);
    const pid = seen.run(['/bin/cat', '/etc/hosts']);
    assert.equal((await seen.of('exec', pid)).length, 1);
    assert.ok((seen.source.counters()['family.missing'] ?? 0) > 0);
  });

  test('of an object in which one program is refused the other runs, and the reason is the verifier’s last word', async () => {
    const spoiled = join(folder, 'half');
    cpSync(objects, spoiled, { recursive: true });
    compile(halfRefused, join(spoiled, 'network.bpf.o'));
    await using seen = watch({ objects: spoiled });
    const hooks = Object.fromEntries(seen.source.hooks.map(hook => [hook.name, hook.attached || hook.reason]));
    assert.equal(hooks.network, true);
    assert.match(String(hooks['network.state']), /invalid mem access/);
  });

  test('where nothing loads, opening fails with the reason', () => {
    const empty = join(folder, 'empty');
    mkdirSync(empty);
    assert.throws(
      () => openSensor({ objects: empty }, () => undefined),
      /No such file or directory; run npm run build/,
    );
  });

  test('what the receiver throws is an uncaught exception, not a silent loss', () => {
    const script = `import { openSensor } from ${JSON.stringify(import.meta.resolve('@picket/native'))};
      import { spawnSync } from 'node:child_process';
      process.once('uncaughtException', error => { console.log(error.message); process.exit(3); });
      openSensor({ flushMillis: 10 }, () => { throw new Error('boom'); });
      spawnSync('/bin/true');`;
    const child = spawnSync(process.execPath, ['--input-type=module', '-e', script], {
      encoding: 'utf8',
      timeout: 30_000,
    });
    assert.deepEqual([child.status, child.stdout], [3, 'boom\n']);
  });

  test('without root a sensor says what to do', () => {
    const script = `import { sensorSupport } from ${JSON.stringify(import.meta.resolve('@picket/native'))};
    process.setuid(65534); console.log(JSON.stringify(sensorSupport()));`;
    const child = spawnSync(process.execPath, ['--input-type=module', '-e', script], { encoding: 'utf8' });
    assert.deepEqual(JSON.parse(child.stdout), {
      supported: false,
      reason: 'loading programs into the kernel needs root (or CAP_BPF and CAP_PERFMON); start it as root',
    });
  });
});

/** `R` where a process runs, `T` where it is stopped, `Z` where it has ended. */
const stateOf = (pid: number) => /^\d+ \(.*\) (.)/s.exec(readFileSync(`/proc/${pid}/stat`, 'latin1'))?.[1];

/** Follows a pointer that may be anything. */
const refused = `
char LICENSE[] __attribute__((section("license"))) = "GPL";
__attribute__((section("tp_btf/sys_exit"))) int family_file(unsigned long long *ctx)
{
	return *(int *)0x1234;
}
`;

/** The second follows a pointer that may be anything, after more steps than a verifier's log has room for. */
const halfRefused = `
char LICENSE[] __attribute__((section("license"))) = "GPL";
__attribute__((section("tp_btf/sys_exit"))) int family_network(unsigned long long *ctx)
{
	return 0;
}
__attribute__((section("tp_btf/inet_sock_set_state"))) int on_socket_state(unsigned long long *ctx)
{
	unsigned long long sum = ctx[1];
#pragma unroll
	for (int i = 0; i < 12000; i++)
		asm volatile("%0 += 1" : "+r"(sum));
	return *(int *)sum;
}
`;
