import { ProcessFlag } from '@picket/proto';
import { programKey } from '../baselines/program-key.ts';
import { type Detector, none } from '../detectors/detector.ts';
import { shells } from '../detectors/groups.ts';
import { basename, isOneOf, programOf, toolName } from '../detectors/program.ts';
import { commandLine } from '../detectors/words.ts';

const onSocket = ProcessFlag.STDIN_SOCKET | ProcessFlag.STDOUT_SOCKET;
/** They hand a connection to a shell by design. */
const remoteLogins = new Set([
  ...['sshd', 'sshd-session', 'in.rshd', 'rlogind', 'inetd', 'xinetd', 'systemd', 'dropbear', 'mosh-server'],
]);

/** A shell whose input and output are a network connection: somebody elsewhere types. */
export const reverseShell: Detector<'process.executed'> = {
  id: 'process.reverse-shell',
  title: 'Shell with its input and output on a network connection',
  techniques: ['T1059.004', 'T1071'],
  severity: 'critical',
  needs: ['process.executed'],
  detect({ process, result }) {
    if (result < 0 || (process.flags & onSocket) === 0 || !shells.has(toolName(process.exe))) return none;
    if (process.parent && isOneOf(process.parent, remoteLogins)) return none;
    const which =
      (process.flags & onSocket) === onSocket
        ? 'input and output'
        : process.flags & ProcessFlag.STDIN_SOCKET
          ? 'input'
          : 'output';
    const by = process.parent ? programOf(process.parent) : 'an unknown program';
    return {
      deviation: `${basename(process.exe)} on a socket, started by ${programKey(by)}`,
      reason: `A shell was started by ${by} with its ${which} on a network connection, as a remote shell is`,
      saw: [
        { label: 'Executed', value: commandLine(process.args) },
        { label: 'On a network connection', value: which },
      ],
    };
  },
};
