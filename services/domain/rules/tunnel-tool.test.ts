import { testDetector } from '../detectors/case-table.ts';
import { executed, process } from '../detectors/sample-events.ts';
import { tunnelTool } from './tunnel-tool.ts';

const run = (command: string) => executed(process(command, '/usr/bin/bash'));

testDetector(tunnelTool, [
  { why: 'by its name', event: run('/opt/chisel client 192.0.2.1 R:socks'), finds: 'tunnel chisel' },
  {
    why: 'socat that passes connections on',
    event: run('/usr/bin/socat TCP-LISTEN:80,fork TCP:192.0.2.1:80'),
    finds: 'tunnel socat',
  },
  { why: 'socat to a terminal', event: run('/usr/bin/socat - /dev/ttyS0'), finds: undefined },
  { why: 'ssh is everybody’s', event: run('/usr/bin/ssh -L 1:x:1 host'), finds: undefined },
]);
