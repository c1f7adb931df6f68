import assert from 'node:assert/strict';
import { test } from 'node:test';
import { cgroupOf } from './cgroup.ts';

const id = '0123456789abcdef'.repeat(4);
const cases: [path: string, unit: string, container: string][] = [
  ['/', '', ''],
  ['', '', ''],
  ['/system.slice/ssh.service', 'ssh.service', ''],
  ['/user.slice/user-1000.slice/session-3.scope', 'session-3.scope', ''],
  ['/user.slice/user-1000.slice/user@1000.service/app.slice/app-firefox.scope', 'app-firefox.scope', ''],
  [`/system.slice/docker-${id}.scope`, '', id],
  [`/docker/${id}`, '', id],
  [`/kubepods.slice/kubepods-pod1.slice/cri-containerd-${id}.scope`, '', id],
  [`/kubepods/besteffort/pod1/${id}`, '', id],
  [`/machine.slice/libpod-${id}.scope/container`, '', id],
  ['/machine.slice/machine-web\\x2d1.scope/payload', '', 'web-1'],
  ['/lxc.payload.mail/init.scope', '', 'mail'],
  ['/machine.slice/machine-web.scope/inner.scope', '', 'web'],
  [`/lxc/mail/docker/${id}`, '', id],
];
for (const [path, unit, container] of cases)
  test(`${path || 'no path'} is ${unit || container || 'neither'}`, () =>
    assert.deepEqual(cgroupOf(path), { unit, container }));
