/** Where the agent has its files: configuration, unit, code, and its spool with what it knows of its runs. */

const configuration = '/etc/monitoringAgent.conf';
/** systemctl set-property and systemd's own tools keep drop-ins in the folders of another ending. */
const unit =
  /^\/(?:etc|run|usr\/lib|usr\/local\/lib|lib)\/systemd\/system(?:\.control|\.attached)?\/monitoringAgent\.service(?:\.d\/.*)?$/;
const folders = ['/opt/picket/', '/var/lib/monitoringAgent/'];

/** Of thousands of files: what one program does there is one alert. */
export const agentFolderOf = (path: string): string | undefined => folders.find(folder => path.startsWith(folder));

export const isAgentFile = (path: string): boolean =>
  path === configuration || unit.test(path) || agentFolderOf(path) !== undefined;
