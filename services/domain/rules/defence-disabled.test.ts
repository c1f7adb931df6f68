import { testDetector } from '../detectors/case-table.ts';
import { executed, process } from '../detectors/sample-events.ts';
import { defenceDisabled } from './defence-disabled.ts';

const run = (command: string, parent = '/usr/bin/bash') => executed(process(command, parent));

testDetector(defenceDisabled, [
  {
    why: 'the audit daemon, by its unit',
    event: run('/usr/bin/systemctl stop auditd.service'),
    finds: 'systemctl stop auditd.service',
  },
  {
    why: 'the audit daemon',
    event: run('/usr/bin/systemctl disable --now auditd'),
    finds: 'systemctl disable --now auditd',
  },
  { why: 'SELinux', event: run('/usr/sbin/setenforce 0'), finds: 'setenforce 0' },
  { why: 'all audit rules', event: run('/usr/sbin/auditctl -D'), finds: 'auditctl -D' },
  { why: 'the whole firewall', event: run('/usr/sbin/iptables -F'), finds: 'iptables -F' },
  { why: 'another service', event: run('/usr/bin/systemctl stop nginx'), finds: undefined },
  { why: 'a look at it', event: run('/usr/bin/systemctl status auditd'), finds: undefined },
  { why: 'one chain of the firewall', event: run('/usr/sbin/iptables -F DOCKER'), finds: undefined },
  {
    why: 'a package that restarts it',
    event: run('/usr/bin/systemctl stop auditd', '/usr/bin/dpkg'),
    finds: undefined,
  },
]);
