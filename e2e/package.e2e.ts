/**
 * The agent's packages: the .deb is installed, driven, upgraded, removed and purged on a machine with a real systemd that is thrown away
 * afterwards, and isolates that machine from within its unit's sandbox; the .rpm is looked at by rpm. The server runs outside of that
 * machine, as it would.
 */

import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { type Cable, layCable } from './beds/cable.ts';
import { type Bed, bedObstacle, bootBed, checkoutInside } from './beds/systemd-bed.ts';
import { type Api, logIn } from './harness/api.ts';
import { newPlace, type Picket, type Place, removePlace, startPicket } from './harness/picket.ts';
import { until } from './harness/until.ts';

const root = join(import.meta.dirname, '..');
const lacks = (...command: string[]) => spawnSync(command[0]!, command.slice(1)).status !== 0;
const skip = bedObstacle() ?? (lacks('dpkg-deb', '--version') ? 'dpkg is not here' : false);
const unit = 'monitoringAgent.service';
const config = '/etc/monitoringAgent.conf';
const password = 'a long enough first password';

let folder: string;
let place: Place;
let picket: Picket;
let api: Api;
let cable: Cable;
let bed: Bed;
let endpoint: string;
/** A port that is not the server's. */
let other: number;
/** By format and release. */
const packages: Record<'deb1' | 'deb2' | 'rpm', string> = { deb1: '', deb2: '', rpm: '' };

before(
  async () => {
    if (skip) return;
    // In the checkout, which the bed has.
    mkdirSync(join(root, '.setup'), { recursive: true });
    folder = mkdtempSync(join(root, '.setup/package-'));
    packages.deb1 = build('deb', 1);
    packages.deb2 = build('deb', 2);
    packages.rpm = build('rpm', 1);
    place = await newPlace();
    picket = await startPicket(place, { agent: false });
    api = await logIn(picket.apiUrl, picket.firstAdmin!, password);
    cable = layCable();
    other = await cable.door();
    const added = await api.post<{ configuration: string; endpoint: { id: string } }>('/endpoints', {
      name: 'bed',
      api: `http://${cable.address}:${await cable.door(place.ports.ingress)}/submit_logs`,
    });
    endpoint = added.endpoint.id;
    writeFileSync(join(folder, 'endpoint.conf'), added.configuration, { mode: 0o600 });
    bed = await bootBed(cable.end);
    await inside(cable.setUp);
    // Of its own: the one of this machine may be another test's.
    await inside('mountpoint -q /sys/fs/bpf && umount /sys/fs/bpf; mount -t bpf bpf /sys/fs/bpf');
  },
  { timeout: 230_000 },
);
after(async () => {
  await bed?.down();
  cable?.close();
  await picket?.stop();
  if (place) removePlace(place);
  if (folder) rmSync(folder, { recursive: true });
});

/** One package; gives its file's name. */
function build(format: 'deb' | 'rpm', release: number): string {
  const output = join(folder, `${release}`);
  const args = ['deploy/packages/main.ts', '--output', output, '--format', format, '--release', `${release}`];
  const said = execFileSync(process.execPath, args, { cwd: root, encoding: 'utf8' });
  const file = /^(\S+) \(\d+ MB\)$/m.exec(said)?.[1];
  assert.ok(file, said);
  return file;
}

/** Runs inside; fails with all that was printed unless the exit code is the one expected. */
async function inside(line: string, { code = 0, seconds = 60 } = {}): Promise<string> {
  const ran = await bed.run(line, seconds);
  assert.equal(ran.code, code, `${line}\n${ran.output}`);
  return ran.output.trim();
}

const there = (file: string) => file.replace(root, checkoutInside);
const dpkg = (line: string) => inside(`DEBIAN_FRONTEND=noninteractive dpkg ${line}`, { seconds: 120 });
const state = () => inside(`systemctl is-active ${unit} || true`);
const pid = () => inside(`systemctl show --property MainPID --value ${unit}`);
const heard = async (since: number) => {
  await until('the server to hear from the agent', 60, async () => {
    const { items } = await api.get<{ items: { state: string; lastSeenAt: string | null }[] }>('/endpoints');
    return items.some(each => Date.parse(each.lastSeenAt ?? '') > since && each.state === 'alive') || undefined;
  });
};

test('both packages hold the same files, and no configuration', { skip }, () => {
  const list = ['-c', 'dpkg-deb --fsys-tarfile "$1" | tar --list', 'sh', packages.deb1];
  const deb = execFileSync('sh', list, { encoding: 'utf8' })
    .split('\n')
    .map(line => line.replace(/^\.?\/?/, '/').replace(/(.)\/$/, '$1'));
  for (const file of [
    '/opt/picket/node_modules/.bin/node',
    '/opt/picket/node_modules/node/bin/node',
    '/opt/picket/agent/main.ts',
    '/opt/picket/native/build/Release/picket_sensor.node',
    '/opt/picket/native/build/Release/picket_witness',
    '/opt/picket/native/build/bpf/isolation.bpf.o',
    '/opt/picket/native/build/bpf/before-5.12/process.bpf.o',
    '/opt/picket/proto/gen/picket.js',
    '/opt/picket/LICENSE',
    `/usr/lib/systemd/system/${unit}`,
    '/usr/lib/sysusers.d/picket-agent.conf',
  ])
    assert.ok(deb.includes(file), file);
  assert.deepEqual(
    deb.filter(file => file === config || /picket\/(agent|native|proto)\/.*(\.test\.ts|\.cc|\.bpf\.c)$/.test(file)),
    [],
  );
  if (lacks('rpm', '--version')) return;
  const rpm = (...args: string[]) => execFileSync('rpm', ['-qp', ...args, packages.rpm], { encoding: 'utf8' });
  const files = new Set(rpm('--list').trim().split('\n'));
  assert.deepEqual(
    deb.filter(file => file.startsWith('/opt/picket/') && /\.\w+$/.test(file) && !files.has(file)),
    [],
  );
  assert.ok(!files.has(config));
  const scripts = rpm('--scripts');
  for (const part of ['preinstall', 'postinstall', 'preuninstall', 'postuninstall'])
    assert.match(scripts, new RegExp(`^${part} scriptlet \\(using /bin/sh\\):$`, 'm'));
  assert.match(scripts, /systemctl daemon-reload/);
  assert.match(rpm('--requires'), /^libbpf\.so\.1\(\)\(64bit\)$/m);
  execFileSync('rpm', ['--checksig', '--nosignature', packages.rpm], { stdio: 'pipe' });
});

test('installed without a configuration it says what to do, and is enabled', { skip }, async () => {
  const said = await dpkg(`--install ${there(packages.deb1)}`);
  assert.match(
    said,
    /put this host's configuration \("Add endpoint" in the dashboard\) to \/etc\/monitoringAgent\.conf/,
  );
  assert.equal(await inside(`systemctl is-enabled ${unit}`), 'enabled');
  assert.equal(await state(), 'inactive');
  await inside(`install -m 0600 ${there(join(folder, 'endpoint.conf'))} ${config}`);
});

test('systemctl start, status, restart and stop do what they say', { skip }, async () => {
  const began = Date.now();
  await inside(`systemctl start ${unit}`);
  assert.match(await inside(`systemctl status ${unit}`), /Active: active \(running\)/);
  await heard(began);
  const first = await pid();
  await inside(`systemctl restart ${unit}`);
  assert.notEqual(await pid(), first);
  await inside(`systemctl stop ${unit}`);
  assert.match(await inside(`systemctl status ${unit}`, { code: 3 }), /inactive \(dead\)/);
  await inside(`systemctl start ${unit}`);
  const log = await inside(`journalctl --unit ${unit} --output cat --no-pager`);
  assert.match(log, /Watching this host/);
  assert.doesNotMatch(log, /A kernel program is not attached/);
});

test('the unit is OK by systemd’s own measure, and lets nobody be root', { skip }, async () => {
  const said = await inside(`systemd-analyze security --no-pager --threshold=49 ${unit}`);
  assert.match(said, /Overall exposure level for monitoringAgent\.service: \d\.\d (OK|SAFE|PERFECT)/);
  assert.equal(await inside(`stat -c %U /proc/${await pid()}`), 'picket-agent');
});

test('from within its sandbox it hashes what another user runs, and nobody else may read', { skip }, async () => {
  const tool = '/usr/local/bin/private-tool';
  await inside(`cp /bin/sleep ${tool} && echo ${endpoint} >>${tool} && chown nobody ${tool} && chmod 0700 ${tool}`);
  const hash = (await inside(`sha256sum ${tool}`)).split(' ')[0];
  // Until its hash is known events come without.
  await until('an event with the hash', 60, async () => {
    await inside(`setpriv --reuid nobody --clear-groups ${tool} 0.5`);
    const { items } = await api.get<{ items: unknown[] }>(`/events?endpoint=${endpoint}&hash=${hash}`);
    return items.length > 0 || undefined;
  });
});

test('from within its sandbox it isolates the machine, also while it is started anew, and releases it', {
  skip,
}, async () => {
  // By systemd, so that it is of that machine to the kernel too: in its cgroup.
  const probe = `systemd-run --quiet --wait --pipe bash -c 'exec 3<>/dev/tcp/${cable.address}/${other}'`;
  const reach = async () => (await bed.run(probe)).output.trim();
  const ordered = async (order: string) => {
    const { id } = await api.post<{ id: string }>(`/endpoints/${endpoint}/${order}`);
    return await until(`${order} to be carried out`, 90, async () => {
      const { items } = await api.get<{ items: { id: string; state: string; result: unknown }[] }>(
        `/endpoints/${endpoint}/commands`,
      );
      const found = items.find(each => each.id === id);
      return found && ['done', 'failed', 'refused'].includes(found.state) ? JSON.stringify(found) : undefined;
    });
  };
  assert.equal(await reach(), '');
  const isolated = await ordered('isolate');
  assert.match(isolated, /"state":"done"/);
  // Were it not kept in the BPF file system, it would say so here.
  assert.doesNotMatch(isolated, /only while the agent runs/);
  assert.match(await reach(), /Operation not permitted/);
  await inside(`test -e /sys/fs/bpf/picket/${endpoint}/connect4`);
  await inside(`systemctl kill --signal KILL ${unit}`);
  assert.match(await reach(), /Operation not permitted/);
  await inside(`systemctl restart ${unit}`);
  assert.match(await reach(), /Operation not permitted/);
  assert.match(await ordered('release'), /"state":"done"/);
  assert.equal(await reach(), '');
});

test('an upgrade keeps the configuration and goes on watching', { skip }, async () => {
  await inside(`echo '# of this host' >>${config}`);
  const kept = await inside(`sha256sum ${config}`);
  const first = await pid();
  const began = Date.now();
  await dpkg(`--install ${there(packages.deb2)}`);
  assert.match(await inside('dpkg-query --show picket-agent'), /-2$/);
  assert.equal(await inside(`sha256sum ${config}`), kept);
  assert.equal(await state(), 'active');
  assert.notEqual(await pid(), first);
  await heard(began);
});

test('install.sh keeps off what is a package’s', { skip }, async () => {
  const said = await inside(`cd ${checkoutInside} && ./install.sh agent --uninstall`, { code: 1 });
  assert.match(said, /is kept by the package picket-agent/);
  assert.equal(await state(), 'active');
});

test('removed it stops and leaves the configuration and the spool; installed again it goes on', { skip }, async () => {
  await dpkg('--remove picket-agent');
  await inside(`test ! -e /opt/picket && test -e ${config} && test -d /var/lib/monitoringAgent`);
  assert.match(await inside(`systemctl status ${unit}`, { code: 4 }), /could not be found/);
  const began = Date.now();
  await dpkg(`--install ${there(packages.deb2)}`);
  assert.equal(await state(), 'active');
  await heard(began);
});

test('purged it leaves nothing', { skip }, async () => {
  await dpkg('--purge picket-agent');
  const left = `ls -d /opt/picket ${config} /var/lib/monitoringAgent /sys/fs/bpf/picket /etc/systemd/system/*/${unit} 2>/dev/null`;
  assert.equal(await inside(`${left} || true`), '');
});
