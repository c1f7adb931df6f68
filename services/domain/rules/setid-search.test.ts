import { testDetector } from '../detectors/case-table.ts';
import { executed, process } from '../detectors/sample-events.ts';
import { setidSearch } from './setid-search.ts';

const run = (command: string, parent = '/usr/bin/bash') => executed(process(command, parent));

testDetector(setidSearch, [
  { why: 'octal', event: run('/usr/bin/find / -perm -4000 -type f'), finds: 'find for privileged programs' },
  { why: 'by letter', event: run('/usr/bin/find / -perm -u=s'), finds: 'find for privileged programs' },
  { why: 'capabilities', event: run('/usr/sbin/getcap -r /'), finds: 'getcap for privileged programs' },
  { why: 'other permissions', event: run('/usr/bin/find . -perm -644'), finds: undefined },
  { why: 'an audit', event: run('/usr/bin/find / -perm -4000', '/usr/sbin/checksecurity'), finds: undefined },
  { why: 'a search by name', event: run('/usr/bin/find / -name x'), finds: undefined },
]);
