import { testDetector } from '../detectors/case-table.ts';
import { process, unixConnected } from '../detectors/sample-events.ts';
import { containerSocket } from './container-socket.ts';

const socket = '/run/docker.sock';

testDetector(containerSocket, [
  { why: 'curl asks the engine', event: unixConnected(process('/usr/bin/curl'), socket), finds: 'connect docker.sock' },
  { why: 'docker is made for it', event: unixConnected(process('/usr/bin/docker ps'), socket), finds: undefined },
  {
    why: 'a docker in /tmp is not docker',
    event: unixConnected(process('/tmp/docker'), socket),
    finds: 'connect docker.sock',
  },
  { why: 'refused', event: { ...unixConnected(process('/usr/bin/curl'), socket), result: -13 }, finds: undefined },
  {
    why: 'another socket',
    event: unixConnected(process('/usr/bin/curl'), '/run/dbus/system_bus_socket'),
    finds: undefined,
  },
]);
