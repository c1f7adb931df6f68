import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { folderOf, generalise } from './generalise.ts';

const table: [string, string, string][] = [
  ['/etc/passwd', '/etc/passwd', 'a plain path stays'],
  ['/home/ada/.bashrc', '/home/<user>/.bashrc', 'home directories are one'],
  ['/proc/4711/status', '/proc/<pid>/status', 'pids are one'],
  ['/proc/4711/task/4712/comm', '/proc/<pid>/task/<n>/comm', 'threads too'],
  ['/proc/sys/kernel/core_pattern', '/proc/sys/kernel/core_pattern', 'kernel settings are told apart'],
  ['/usr/lib/python3.11/os.py', '/usr/lib/python<v>/os.py', 'versions are one'],
  ['/usr/lib/x86_64-linux-gnu/libssl.so.3', '/usr/lib/x86_64-linux-gnu/libssl.so.3', 'an ABI number is not a version'],
  ['/usr/lib/libz.so.1.2.13', '/usr/lib/libz.so.<v>', 'a library by its version'],
  ['/tmp/tmp.Ab3dE9xYz0', '/tmp/tmp.<tmp>', 'mktemp'],
  ['/tmp/npm-8812-a9f2/x', '/tmp/npm-<n>-a9f2/x', 'process numbers in temporary names'],
  ['/etc/.resolv.conf.aX3kP9', '/etc/.resolv.conf.<tmp>', 'a temporary name beside its target'],
  ['/var/lib/d/8f14e45f-ceea-467f-a8d0-5cd1a2b3c4d5/x', '/var/lib/d/<uuid>/x', 'UUIDs are one'],
  ['/c/sha256-9f86d081884c7d659a2feaa0c55ad015', '/c/sha256-<hash>', 'hashes are one'],
  ['/var/log/app/2026-11-21.log', '/var/log/app/<date>.log', 'dates are one'],
  ['/root/.npm/_logs/2026-11-21T04_03_41_641Z-debug.log', '/root/.npm/_logs/<date><time>_<n>Z-debug.log', 'and times'],
  ['/sys/devices/system/cpu/cpu12/topology', '/sys/devices/system/cpu/cpu<n>/topology', 'instances of a device'],
  ['/dev/pts/3', '/dev/pts/<n>', 'terminals'],
  ['/opt/app/MainWindow.js', '/opt/app/MainWindow.js', 'camel case is not random'],
  ['/usr/share/README', '/usr/share/README', 'words in capitals are not random'],
  ['memfd:x', 'memfd:x', 'what is no path is kept'],
  ['', '', 'nothing stays nothing'],
];

for (const [path, general, why] of table) {
  test(`generalised: ${why} (${path})`, () => assert.equal(generalise(path), general));
}

test('generalising twice changes nothing', () => {
  const part = fc.oneof(
    fc.stringMatching(/^[a-zA-Z0-9._-]{1,20}$/),
    fc.constantFrom('home', 'proc', 'tmp', 'ada', '4711'),
  );
  fc.assert(
    fc.property(fc.array(part, { minLength: 1, maxLength: 6 }), parts => {
      const once = generalise(`/${parts.join('/')}`);
      assert.equal(generalise(once), once);
    }),
  );
});

test('the folder of a path, and of one without', () => {
  assert.equal(folderOf('/etc/cron.d/x'), '/etc/cron.d');
  assert.equal(folderOf('/x'), '');
  assert.equal(folderOf('x'), '');
});
