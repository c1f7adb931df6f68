import { configurationManagers, containerEngines, editors, packageManagers, union } from '../detectors/groups.ts';
import { guardedFile } from './guarded-file.ts';

const system =
  /^\/etc\/(?:profile(?:$|\.d\/.)|bash\.bashrc|bashrc|bash\.bash_logout|environment$|zsh\/|zshrc|zshenv|zprofile|csh\.|fish\/|skel\/\.)/;
const ofUser =
  /^\/(?:home\/[^/]+|root)\/\.(?:bashrc|bash_profile|bash_login|bash_logout|bash_aliases|profile|zshrc|zshenv|zprofile|zlogin|cshrc|tcshrc|kshrc|xprofile|xinitrc|xsession|config\/(?:fish\/(?:config|conf)|autostart\/))/;
/** They make home directories, or keep people's settings. */
const homeKeepers = new Set([
  ...['useradd', 'adduser', 'usermod', 'mkhomedir_helper', 'oddjobd-mkhomedir', 'pam_mkhomedir', 'stow'],
  ...['conda', 'rsync'],
]);

export const shellProfileWrite = guardedFile({
  id: 'file.shell-profile-write',
  title: 'Shell start-up file written by an unusual program',
  techniques: ['T1546.004'],
  severity: 'high',
  access: 'write',
  guards: path => system.test(path) || ofUser.test(path),
  business: homeKeepers,
  businessOfDescendants: union(packageManagers, configurationManagers, containerEngines),
  // People edit their own start-up files; what the system runs for everybody is another matter.
  excused: event =>
    ofUser.test(event.path) && editors.has(event.process.exe.slice(event.process.exe.lastIndexOf('/') + 1)),
  matters: 'every new shell runs',
  severityOf: event => (ofUser.test(event.path) ? 'medium' : undefined),
});
