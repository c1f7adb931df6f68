/** install.sh and systemctl, on a machine with a real systemd that is thrown away afterwards. */

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { type Bed, bedObstacle, bootBed, checkoutInside } from './beds/systemd-bed.ts';
import { until } from './harness/until.ts';

const skip = bedObstacle() ?? false;
const node = 'node_modules/.bin/node';
const unit = 'monitoringAgent.service';

let bed: Bed;

before(async () => {
  if (!skip) bed = await bootBed();
});
after(() => bed?.down());

/** Runs inside, in the clone; fails with all that was printed unless the exit code is the one expected. */
async function inside(line: string, { code = 0, seconds = 60 } = {}): Promise<string> {
  const ran = await bed.run(`cd ${checkoutInside} && ${line}`, seconds);
  assert.equal(ran.code, code, `${line}\n${ran.output}`);
  return ran.output.trim();
}

const state = () => inside(`systemctl is-active ${unit} || true`);
const pid = () => inside(`systemctl show --property MainPID --value ${unit}`);
const endpoints = async () =>
  JSON.parse(await inside(`${node} e2e/beds/ask.ts /endpoints`)).items as { state: string; lastSeenAt: string }[];

test('install.sh says what is wrong before it changes anything', { skip }, async () => {
  assert.match(await inside('./install.sh', { code: 64 }), /agent or server was expected/);
  assert.match(await inside('./install.sh agent', { code: 64 }), /which configuration\? --config FILE/);
  assert.match(await inside('./install.sh agent --config /nowhere', { code: 78 }), /no readable file \/nowhere/);
  await inside("printf 'api = x\\n' >/root/wrong.conf");
  assert.match(await inside('./install.sh agent --config /root/wrong.conf', { code: 78 }), /wrong\.conf:1: name=value/);
  assert.match(await inside('setpriv --reuid 65534 --clear-groups ./install.sh server', { code: 1 }), /root is needed/);
  await inside(`test ! -e /opt/picket && test ! -e /etc/systemd/system/${unit}`);
});

test('install.sh server: the server runs as a service and prints the first login', { skip }, async () => {
  const said = await inside('./install.sh server', { seconds: 240 });
  assert.match(said, /The server runs: http:/);
  assert.match(said, /First login: admin@picket\.local \S+/);
  assert.equal(await inside('systemctl is-active picket.service'), 'active');
  assert.equal(await inside('stat -c %U /proc/$(systemctl show --property MainPID --value picket.service)'), 'picket');
});

test('install.sh agent: the agent runs as a service and its server hears from it', { skip }, async () => {
  await inside(`${node} e2e/beds/enrol.ts /root/monitoringAgent.conf`);
  assert.match(
    await inside('./install.sh agent --config /root/monitoringAgent.conf', { seconds: 240 }),
    /The agent runs/,
  );
  assert.equal(await state(), 'active');
  assert.match(await inside('/usr/local/bin/picket-agent status'), /^Endpoint /);
  assert.equal(await inside('stat -c %a /etc/monitoringAgent.conf'), '600');
  await until('the endpoint to be alive', 30, async () => (await endpoints())[0]?.state === 'alive' || undefined);
});

test('systemctl stop, start, restart and status do what they say', { skip }, async () => {
  assert.match(await inside(`systemctl status ${unit}`), /Active: active \(running\)/);
  const first = await pid();
  await inside(`systemctl restart ${unit}`);
  const second = await pid();
  assert.notEqual(second, first);
  await inside(`systemctl stop ${unit}`);
  assert.equal(await state(), 'inactive');
  assert.match(await inside(`systemctl status ${unit}`, { code: 3 }), /inactive \(dead\)/);
  await inside(`systemctl start ${unit}`);
  assert.equal(await state(), 'active');
  assert.match(await inside(`journalctl --unit ${unit} --output cat --no-pager`), /Watching this host/);
});

test('a killed agent is started again by systemd, whatever the signal and however often', { skip }, async () => {
  // More than the five starts that systemd allows a unit that says nothing.
  for (const signal of ['KILL', 'TERM', 'KILL', 'KILL', 'KILL', 'KILL', 'TERM']) {
    const before = await pid();
    assert.match(before, /^[1-9]/, 'the agent has to run before it can be killed');
    await inside(`kill -${signal} ${before}`);
    await until(`systemd to start the agent again after SIG${signal}`, 60, async () => {
      const now = await pid();
      return ((await state()) === 'active' && now !== '0' && now !== before) || undefined;
    });
  }
  assert.equal(await inside(`systemctl show --property StartLimitIntervalUSec --value ${unit}`), '0');
});

test('an attack on the machine is an alert on its server', { skip }, async () => {
  await inside(`${node} e2e/simulate/main.ts --only 'dropped binary'`);
  await until('the alert', 15, async () => {
    const { items } = JSON.parse(await inside(`${node} e2e/beds/ask.ts /alerts?detector=process.dropped-binary`));
    return items.some((alert: { program: string }) => alert.program.includes('picket-simulation')) || undefined;
  });
});

test('a second installation keeps the configuration, and --uninstall takes everything away but that', {
  skip,
}, async () => {
  const before = await inside('sha256sum /etc/monitoringAgent.conf');
  await inside('./install.sh agent', { seconds: 240 });
  assert.equal(await state(), 'active');
  assert.equal(await inside('sha256sum /etc/monitoringAgent.conf'), before);
  await inside('./install.sh agent --uninstall');
  assert.notEqual(await state(), 'active');
  const ask = async (path: string) => JSON.parse(await inside(`${node} e2e/beds/ask.ts ${path}`));
  const id = await until('the alert', 30, async () => (await ask('/alerts?detector=sensor.uninstalled')).items[0]?.id);
  assert.match(
    (await ask(`/alerts/${id}`)).evidence.reason,
    /^The agent is being uninstalled: \S*bash \.\/install\.sh agent --uninstall$/,
  );
  await inside(`test ! -e /etc/systemd/system/${unit} && test -e /etc/monitoringAgent.conf`);
  await inside('test ! -L /usr/local/bin/picket-agent');
  await inside('./install.sh server --uninstall --purge');
  await inside('test ! -e /opt/picket && test ! -e /var/lib/picket');
});
