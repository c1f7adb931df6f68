/**
 * The agent's packages: the .deb is installed, driven, upgraded, removed and purged on a machine with a real systemd that is thrown away
 * afterwards, and isolates that machine from within its unit's sandbox; what becomes of the agent there is an alert. The .rpm then goes
 * the same way by rpm. The server runs outside of that machine, as it would.
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
const rpm = (...args: string[]) => execFileSync('rpm', ['-qp', ...args, packages.rpm], { encoding: 'utf8' });
const state = () => inside(`systemctl is-active ${unit} || true`);
const pid = () => inside(`systemctl show --property MainPID --value ${unit}`);
const heard = async (since: number) => {
  await until('the server to hear from the agent', 60, async () => {
    const { items } = await api.get<{ items: { state: string; lastSeenAt: string | null }[] }>('/endpoints');
    return items.some(each => Date.parse(each.lastSeenAt ?? '') > since && each.state === 'alive') || undefined;
  });
};

const alerts = async (detector: string) => {
  const { items } = await api.get<{ items: { id: string; count: number; deviation: string }[] }>(
    `/alerts?endpoint=${endpoint}&detector=${detector}`,
  );
  return items;
};
/** Why the newest alert of the detector was raised. */
const alerted = async (detector: string): Promise<string> => {
  const { id } = await until(`an alert of ${detector}`, 60, async () => (await alerts(detector))[0]);
  const { evidence } = await api.get<{ evidence: { reason: string } }>(`/alerts/${id}`);
  return evidence.reason;
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
    '/opt/picket/bin/picket-agent',
    '/usr/bin/picket-agent',
    '/opt/picket/native/build/Release/picket_sensor.node',
    '/opt/picket/native/build/Release/picket_witness',
    '/opt/picket/native/build/bpf/isolation.bpf.o',
    '/opt/picket/native/build/bpf/before-6.2/process.bpf.o',
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
  const files = new Set(rpm('--list').trim().split('\n'));
  assert.deepEqual(
    deb.filter(file => file.startsWith('/opt/picket/') && /\.\w+$/.test(file) && !files.has(file)),
    [],
  );
  assert.ok(!files.has(config));
});

test('the .rpm is whole, needs what it runs with, is root’s alone, and its scripts are sh', {
  skip: skip || (lacks('rpm', '--version') && 'rpm is not here: install it'),
}, () => {
  execFileSync('rpm', ['--checksig', '--nosignature', packages.rpm], { stdio: 'pipe' });
  const requires = rpm('--requires').trim().split('\n');
  for (const need of [/^libc\.so\.6\(GLIBC_2\.\d+\)\(64bit\)$/, /^libbpf\.so\.1\(\)\(64bit\)$/, /^systemd$/])
    assert.ok(
      requires.some(each => need.test(each)),
      `${need} in ${requires}`,
    );
  for (const part of ['PREIN', 'POSTIN', 'PREUN', 'POSTUN']) {
    assert.equal(rpm('--queryformat', `%{${part}PROG}`), '/bin/sh', part);
    execFileSync('sh', ['-n'], { input: rpm('--queryformat', `%{${part}}`) });
  }
  const files = rpm('--queryformat', '[%{FILEMODES:perms} %{FILEUSERNAME}:%{FILEGROUPNAME} %{FILENAMES}\\n]');
  const wrong = files.split('\n').filter(line => line !== '' && !/^[-dl]rw[x-]r.[x-]r.[x-] root:root |^l/.test(line));
  assert.deepEqual(wrong, []);
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

test('picket-agent asks the running agent, with no Node.js but the package’s', { skip }, async () => {
  const agent = 'env PATH=/nowhere /usr/bin/picket-agent';
  assert.match(await inside(`${agent} status`), /^Endpoint +bed /);
  assert.match(await inside(`${agent} release 2>&1`, { code: 1 }), /the agent runs \(pid \d+\)/);
});

test('another spool folder is refused with the drop-in that it needs, and used with that', { skip }, async () => {
  const dropIn = `/etc/systemd/system/${unit}.d`;
  await inside('install -d -m 0700 -o picket-agent -g picket-agent /srv/spool');
  await inside(`cp ${config} ${config}.kept && echo spool_directory=/srv/spool >>${config}`);
  await inside(`systemctl restart ${unit}`, { code: 1 });
  assert.match(
    await inside(`journalctl --unit ${unit} --output cat --no-pager`),
    /spool_directory \/srv\/spool can't be used \(EROFS.*\[Service\] ReadWritePaths=\/srv\/spool, /,
  );
  await inside(`mkdir ${dropIn} && printf '[Service]\nReadWritePaths=/srv/spool\n' >${dropIn}/override.conf`);
  await inside(`systemctl daemon-reload && systemctl restart ${unit}`);
  await inside('test -S /srv/spool/status.sock');
  await inside(`rm -r ${dropIn} && mv ${config}.kept ${config}`);
  await inside(`systemctl daemon-reload && systemctl restart ${unit} && rm -r /srv/spool`);
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

test('from within its sandbox it may kill a process of another user, by one of its capabilities', {
  skip,
}, async () => {
  const killer = join(folder, 'kill.ts');
  writeFileSync(
    killer,
    `import { readFileSync } from 'node:fs';
import { killProcess } from '/opt/picket/native/index.ts';
const pid = Number(process.argv[2]);
const start = readFileSync(\`/proc/\${pid}/stat\`, 'utf8').split(') ').at(-1).split(' ')[19];
process.exitCode = killProcess(pid, Number(start));
`,
  );
  const victim = await inside('setpriv --reuid nobody --clear-groups sleep 600 >/dev/null 2>&1 & echo $!');
  // The unit, but for what it runs. By command this agent would not: a container counts processes in another way than the kernel.
  const attempt = async (code: number, ...edits: string[]) => {
    const of = [
      `s|^ExecStart=.*|ExecStart=/opt/picket/node_modules/.bin/node ${there(killer)} ${victim}|`,
      ...['s/^Type=.*/Type=oneshot/', '/^Restart|^Watchdog|^StateDirectory/d', ...edits],
    ];
    const script = of.map(edit => `-e '${edit}'`).join(' ');
    await inside(`sed -E ${script} /usr/lib/systemd/system/${unit} >/run/systemd/system/try-kill.service`);
    await inside('systemctl daemon-reload && systemctl start try-kill.service', { code });
  };
  await attempt(1, 's/CAP_KILL//');
  assert.match(await inside(`cat /proc/${victim}/comm`), /^sleep$/);
  await attempt(0);
  await until('the process to be gone', 10, async () => (await bed.run(`test -e /proc/${victim}`)).code || undefined);
});

test('one that somebody stops is ended by systemd’s watchdog and started again, which is an alert and says who it was', {
  skip,
}, async () => {
  const folder = `/run/systemd/system/${unit}.d`;
  await inside(`mkdir ${folder} && printf '[Service]\\nWatchdogSec=10s\\n' >${folder}/soon.conf`);
  await inside(`systemctl daemon-reload && systemctl restart ${unit}`);
  const first = await pid();
  await inside(`kill -STOP ${first}`);
  await until('systemd to start it again', 60, async () => {
    const now = await pid();
    return ((await state()) === 'active' && now !== '0' && now !== first) || undefined;
  });
  assert.match(await inside(`journalctl --unit ${unit} --output cat --no-pager`), /Watchdog timeout/);
  assert.match(
    await alerted('sensor.killed'),
    /^The agent was stopped in its tracks with SIGSTOP by (?!systemd)\S+ \(pid /,
  );
  await inside(`rm -r ${folder} && systemctl daemon-reload && systemctl restart ${unit}`);
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
  // Its new code, written by dpkg, and each end that it said are as they should be.
  const files = [...(await alerts('sensor.agent-file-write')), ...(await alerts('sensor.agent-file-change'))];
  assert.deepEqual(
    files.filter(({ deviation }) => deviation.includes('/opt/picket/')),
    [],
  );
  assert.deepEqual(await alerts('sensor.unsaid-end'), []);
});

test('install.sh keeps off what is a package’s', { skip }, async () => {
  const said = await inside(`cd ${checkoutInside} && ./install.sh agent --uninstall`, { code: 1 });
  assert.match(said, /is kept by the package picket-agent/);
  assert.equal(await state(), 'active');
});

test('removed it stops, with an alert, and leaves the configuration and the spool; installed again it goes on', {
  skip,
}, async () => {
  await dpkg('--remove picket-agent');
  assert.match(await alerted('sensor.uninstalled'), /^The agent is being uninstalled: dpkg --remove picket-agent$/);
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

test('the .rpm goes the same way by rpm: it runs, is as it was packed, and its removal is an alert', {
  skip: skip || (lacks('rpm', '--version') && 'rpm is not here: install it'),
}, async () => {
  await inside(`install -m 0600 ${there(join(folder, 'endpoint.conf'))} ${config}`);
  const before = (await alerts('sensor.uninstalled'))[0]?.count ?? 0;
  const began = Date.now();
  // What it needs is here by Debian's packages, of which rpm knows nothing.
  await inside(`rpm --force-debian --install --nodeps ${there(packages.rpm)}`, { seconds: 120 });
  assert.equal(await state(), 'active');
  assert.equal(await inside(`systemctl is-enabled ${unit}`), 'enabled');
  await heard(began);
  assert.equal(await inside('rpm --verify --nodeps picket-agent'), '');
  await inside('chmod o+w /opt/picket/agent/main.ts && echo >>/opt/picket/agent/main.ts');
  assert.match(
    await inside('rpm --verify --nodeps picket-agent', { code: 1 }),
    /^SM5\S* +\/opt\/picket\/agent\/main\.ts$/,
  );
  await inside('rpm --force-debian --erase picket-agent', { seconds: 120 });
  await until('the alert', 60, async () => ((await alerts('sensor.uninstalled'))[0]?.count ?? 0) > before || undefined);
  assert.equal(await state(), 'inactive');
  await inside(`test ! -e /opt/picket && test -e ${config} && test -d /var/lib/monitoringAgent`);
  await inside(`test ! -e /etc/systemd/system/multi-user.target.wants/${unit}`);
});
