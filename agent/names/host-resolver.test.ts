import assert from 'node:assert/strict';
import { test } from 'node:test';
import { resolvesForAll } from './host-resolver.ts';

const host = 7;
const unit = (name: string) => `/system.slice/${name}.service`;

const table: { why: string; exe: string; mountNamespace: number; cgroup: string; for: boolean }[] = [
  { why: 'the host’s own', exe: '/usr/sbin/dnsmasq', mountNamespace: host, cgroup: '/', for: true },
  { why: 'on a host whose /sbin is no link', exe: '/sbin/unbound', mountNamespace: host, cgroup: '/', for: true },
  {
    why: 'a unit with a /tmp of its own',
    exe: '/usr/lib/systemd/systemd-resolved',
    mountNamespace: 8,
    cgroup: unit('systemd-resolved'),
    for: true,
  },
  {
    why: 'an instance of a unit',
    exe: '/usr/sbin/kresd',
    mountNamespace: 8,
    cgroup: '/system.slice/system-kresd.slice/kresd@1.service',
    for: true,
  },
  { why: 'anybody’s program by that name', exe: '/tmp/dnsmasq', mountNamespace: host, cgroup: '/', for: false },
  {
    why: 'anybody’s program in a folder by that name',
    exe: '/home/eve/usr/sbin/dnsmasq',
    mountNamespace: host,
    cgroup: '/',
    for: false,
  },
  {
    why: 'a program of the system by another name',
    exe: '/usr/bin/curl',
    mountNamespace: host,
    cgroup: '/',
    for: false,
  },
  { why: 'a name that every object has', exe: '/usr/bin/constructor', mountNamespace: host, cgroup: '/', for: false },
  {
    why: 'in a container',
    exe: '/usr/sbin/dnsmasq',
    mountNamespace: 8,
    cgroup: '/system.slice/docker-0.scope',
    for: false,
  },
  {
    why: 'in a mount namespace that a broken service made',
    exe: '/usr/sbin/dnsmasq',
    mountNamespace: 8,
    cgroup: unit('apache2'),
    for: false,
  },
  {
    why: 'in a user’s own unit of that name',
    exe: '/usr/sbin/dnsmasq',
    mountNamespace: 8,
    cgroup: '/user.slice/user-1000.slice/user@1000.service/app.slice/dnsmasq.service',
    for: false,
  },
];

for (const { why, exe, mountNamespace, cgroup, for: forAll } of table)
  test(`who resolves names for all: ${why}: ${forAll ? 'yes' : 'no'}`, () =>
    assert.equal(resolvesForAll({ exe, mountNamespace, cgroup }, host), forAll));

test('where the host’s mount namespace is not known, one that is not known either is not the host’s', () => {
  assert.equal(resolvesForAll({ exe: '/usr/sbin/dnsmasq', mountNamespace: 0, cgroup: '/' }, 0), false);
});
