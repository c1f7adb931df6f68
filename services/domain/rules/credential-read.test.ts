import { testDetector } from '../detectors/case-table.ts';
import { opened, process, withFields, wrote } from '../detectors/sample-events.ts';
import { credentialRead } from './credential-read.ts';

const cat = process('/usr/bin/cat /etc/shadow', '/usr/bin/bash', '/usr/sbin/sshd');
const cronScript = withFields(process('/bin/sh /etc/cron.daily/passwd'), { script: '/etc/cron.daily/passwd' });

testDetector(credentialRead, [
  {
    why: 'cat has no business with the password hashes',
    event: opened(cat, '/etc/shadow'),
    finds: 'read /etc/shadow',
    severity: 'high',
  },
  {
    why: 'an attempt without permission counts',
    event: opened(cat, '/etc/gshadow', { result: -13 }),
    finds: 'read /etc/gshadow',
  },
  { why: 'a backup of it is worth the same', event: opened(cat, '/etc/shadow-'), finds: 'read /etc/shadow-' },
  {
    why: 'sudo rules tell how to become root',
    event: opened(cat, '/etc/sudoers'),
    finds: 'read /etc/sudoers',
    severity: 'medium',
  },
  { why: 'a file that is not there was not read', event: opened(cat, '/etc/shadow', { result: -2 }), finds: undefined },
  { why: 'another file is nobody’s secret', event: opened(cat, '/etc/passwd'), finds: undefined },
  { why: 'writing is another rule', event: wrote(cat, '/etc/shadow'), finds: undefined },
  { why: 'sshd checks passwords', event: opened(process('/usr/sbin/sshd'), '/etc/shadow'), finds: undefined },
  {
    why: 'unix_chkpwd checks passwords',
    event: opened(process('/usr/sbin/unix_chkpwd'), '/etc/shadow'),
    finds: undefined,
  },
  { why: 'sudo reads its rules', event: opened(process('/usr/bin/sudo id'), '/etc/sudoers.d/x'), finds: undefined },
  { why: 'a sudo in /tmp is not sudo', event: opened(process('/tmp/sudo'), '/etc/shadow'), finds: 'read /etc/shadow' },
  {
    why: 'a script of a package may',
    event: opened(process('/usr/bin/grep x', '/usr/bin/dash', '/usr/bin/dpkg'), '/etc/shadow'),
    finds: undefined,
  },
  { why: 'Debian’s daily copy', event: opened(process('/usr/bin/cmp', cronScript), '/etc/shadow'), finds: undefined },
  {
    why: 'what a container does with its own',
    event: opened(process('/usr/bin/cat', '/bin/sh', '/usr/bin/containerd-shim-runc-v2'), '/etc/shadow'),
    finds: undefined,
  },
  {
    why: 'a sandbox in front of a command is no excuse',
    event: opened(process('/usr/bin/cat', '/usr/bin/bwrap'), '/etc/shadow'),
    finds: 'read /etc/shadow',
  },
]);
