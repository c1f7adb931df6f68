import { testDetector } from '../detectors/case-table.ts';
import { fileChanged, process } from '../detectors/sample-events.ts';
import { setidGranted } from './setid-granted.ts';

const chmod = (command: string, path: string, mode: number, ...by: string[]) =>
  fileChanged(process(command, ...by), 'chmod', { path, value: mode });

testDetector(setidGranted, [
  {
    why: 'a copy of a shell becomes root’s',
    event: chmod('/usr/bin/chmod u+s /tmp/.x', '/tmp/.x', 0o4755, '/usr/bin/bash'),
    finds: 'set-user-ID /tmp/.x',
    severity: 'high',
  },
  { why: 'an ordinary mode', event: chmod('/usr/bin/chmod 755 /tmp/x', '/tmp/x', 0o755), finds: undefined },
  { why: 'a folder for a group', event: chmod('/usr/bin/chmod 2775 /srv/x', '/srv/x', 0o2775), finds: undefined },
  {
    why: 'a package is unpacked',
    event: chmod('/usr/bin/dpkg --unpack', '/usr/bin/su.dpkg-new', 0o4755),
    finds: undefined,
  },
  {
    why: 'a layer of an image is unpacked',
    event: chmod('/usr/bin/unpigz', '/var/lib/docker/overlay2/x/diff/bin/su', 0o4755, '/usr/bin/dockerd'),
    finds: undefined,
  },
  {
    why: 'a build installs its helper into its own tree',
    event: chmod('/usr/bin/install', '/home/ann/out/helper', 0o4755, '/usr/bin/make'),
    finds: 'set-user-ID /home/<user>/out/helper',
    severity: 'medium',
  },
]);
