import { type Detector, none } from '../detectors/detector.ts';
import { downloaders, exposedServers, shells } from '../detectors/groups.ts';
import { basename, inlineCode, isOneOf, programOf, toolName } from '../detectors/program.ts';
import { commandLine, sentence } from '../detectors/words.ts';

/** What an intruder runs first. */
const firstCommands = new Set([
  ...['id', 'whoami', 'uname', 'hostname', 'ifconfig', 'netstat', 'ss', 'nc', 'ncat', 'socat', 'base64'],
  ...['crontab', 'chmod', 'last'],
]);
/** Shell commands that these servers run by design: mail from PHP, log pipes, PostgreSQL's archiving and its list of locales. */
const byDesign =
  /sendmail|rotatelogs|cronolog|locale -a|pg_wal|archive|wal-g|pgbackrest|barman|logger\b|mail(?:x|to)?\b|uname -p|wsrep_/;

export const serviceShell: Detector<'process.executed'> = {
  id: 'process.service-shell',
  title: 'Server started a shell or an intruder’s first command',
  techniques: ['T1505.003', 'T1190'],
  severity: 'high',
  needs: ['process.executed'],
  detect({ process, result }) {
    const { parent } = process;
    const tool = toolName(process.exe);
    const suspicious = shells.has(tool) || firstCommands.has(tool) || downloaders.has(tool);
    // A script of the server's package is what it is meant to start.
    if (result < 0 || !suspicious || process.script !== '' || !parent || !isOneOf(parent, exposedServers)) return none;
    if (byDesign.test(inlineCode(process))) return none;
    const server = basename(programOf(parent));
    return {
      deviation: `${server} starts ${tool}`,
      reason: sentence(`${server}, which serves strangers, started ${tool}, as it does for somebody who took it over`),
      saw: [
        { label: 'Executed', value: commandLine(process.args) },
        { label: 'By the server', value: programOf(parent) },
      ],
    };
  },
};
