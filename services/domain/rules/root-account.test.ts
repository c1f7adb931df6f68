import { testDetector } from '../detectors/case-table.ts';
import { executed, process } from '../detectors/sample-events.ts';
import { rootAccount } from './root-account.ts';

const run = (command: string, parent = '/usr/bin/bash') => executed(process(command, parent));

testDetector(rootAccount, [
  {
    why: 'a second root',
    event: run('/usr/sbin/useradd -o -u 0 toor'),
    finds: 'useradd with user id 0',
    severity: 'critical',
  },
  {
    why: 'an administrator',
    event: run('/usr/sbin/usermod -aG sudo ada'),
    finds: "usermod into an administrators' group",
    severity: 'medium',
  },
  { why: 'an ordinary account', event: run('/usr/sbin/useradd -u 1005 ada'), finds: undefined },
  { why: 'a package’s account', event: run('/usr/sbin/usermod -aG disk x', '/usr/bin/dpkg'), finds: undefined },
]);
