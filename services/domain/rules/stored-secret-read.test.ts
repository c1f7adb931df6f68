import { testDetector } from '../detectors/case-table.ts';
import { opened, process, withFields } from '../detectors/sample-events.ts';
import { storedSecretRead } from './stored-secret-read.ts';

const aws = '/home/ada/.aws/credentials';
const found = 'read /home/<user>/.aws/credentials';
const script = withFields(process('/usr/bin/python3 /usr/bin/aws s3'), { script: '/usr/bin/aws' });

testDetector(storedSecretRead, [
  { why: 'cat prints what belongs to another', event: opened(process('/usr/bin/cat'), aws), finds: found },
  { why: 'curl sends what belongs to another', event: opened(process('/usr/bin/curl -F x'), aws), finds: found },
  {
    why: 'an interpreter with a line of code',
    event: opened(process(['/usr/bin/python3.11', '-c', 'open(1)']), aws),
    finds: found,
  },
  { why: 'the program whose it is', event: opened(script, aws), finds: undefined },
  {
    why: 'kubectl reads its own',
    event: opened(process('/usr/bin/kubectl get pods'), '/home/ada/.kube/config'),
    finds: undefined,
  },
  {
    why: 'a browser reads its own',
    event: opened(process('/usr/lib/firefox/firefox'), '/home/ada/.mozilla/firefox/x/logins.json'),
    finds: undefined,
  },
  {
    why: 'passwords of a browser, copied',
    event: opened(process('/usr/bin/cp'), '/root/.mozilla/firefox/x/logins.json'),
    finds: 'read /root/.mozilla/firefox/x/logins.json',
  },
  { why: 'another file', event: opened(process('/usr/bin/cat'), '/home/ada/.aws/config'), finds: undefined },
]);
