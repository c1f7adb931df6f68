import { testDetector } from '../detectors/case-table.ts';
import { opened, process } from '../detectors/sample-events.ts';
import { privateKeyRead } from './private-key-read.ts';

const key = '/home/ada/.ssh/id_ed25519';
const cat = process('/usr/bin/cat');

testDetector(privateKeyRead, [
  { why: 'cat does not log in', event: opened(cat, key), finds: 'read /home/<user>/.ssh/id_ed25519' },
  { why: 'an attempt counts', event: opened(cat, key, { result: -13 }), finds: 'read /home/<user>/.ssh/id_ed25519' },
  {
    why: 'the key of the host',
    event: opened(cat, '/etc/ssh/ssh_host_rsa_key'),
    finds: 'read /etc/ssh/ssh_host_rsa_key',
  },
  { why: 'a public key is public', event: opened(cat, `${key}.pub`), finds: undefined },
  { why: 'ssh uses keys', event: opened(process('/usr/bin/ssh host'), key), finds: undefined },
  { why: 'sshd uses its own', event: opened(process('/usr/sbin/sshd'), '/etc/ssh/ssh_host_rsa_key'), finds: undefined },
  {
    why: 'an ssh in /tmp is not ssh',
    event: opened(process('/tmp/ssh'), key),
    finds: 'read /home/<user>/.ssh/id_ed25519',
  },
]);
