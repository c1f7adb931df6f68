import { testDetector } from '../detectors/case-table.ts';
import { process, socketOpened } from '../detectors/sample-events.ts';
import { rawSocket } from './raw-socket.ts';

testDetector(rawSocket, [
  {
    why: 'a sniffer in /tmp',
    event: socketOpened(process('/tmp/sniff'), 'packet-socket', { value: 3 }),
    finds: 'packet-socket by /tmp/sniff',
    severity: 'high',
  },
  {
    why: 'an interpreter',
    event: socketOpened(process('/usr/bin/python3.11 -c x'), 'raw-socket', { value: 1 }),
    finds: 'raw-socket by /usr/bin/python3.11',
    severity: 'medium',
  },
  { why: 'ping', event: socketOpened(process('/usr/bin/ping host'), 'raw-socket', { value: 1 }), finds: undefined },
  { why: 'a DHCP client', event: socketOpened(process('/usr/sbin/dhclient eth0'), 'packet-socket'), finds: undefined },
  {
    why: 'systemd-networkd',
    event: socketOpened(process('/usr/lib/systemd/systemd-networkd'), 'packet-socket'),
    finds: undefined,
  },
  { why: 'refused', event: socketOpened(process('/tmp/sniff'), 'packet-socket', { result: -1 }), finds: undefined },
]);
