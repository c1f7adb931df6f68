import { generalise } from '../baselines/generalise.ts';
import { type Detector, none, wasTried } from '../detectors/detector.ts';
import { downloaders, interpreters, shells, union } from '../detectors/groups.ts';
import { basename, programOf, toolName } from '../detectors/program.ts';
import { sentence } from '../detectors/words.ts';

const secrets =
  /\/\.(?:aws\/credentials|config\/gcloud\/(?:credentials\.db|access_tokens\.db|application_default_credentials\.json)|azure\/(?:accessTokens\.json|msal_token_cache|azureProfile)|kube\/config|docker\/config\.json|netrc|git-credentials|pgpass|my\.cnf|vault-token|npmrc|pypirc|terraform\.d\/credentials)|\/\.(?:mozilla|config|var\/app)\/.*\/(?:Login Data|Cookies|key4\.db|logins\.json|cookies\.sqlite)$|^\/var\/run\/secrets\/kubernetes\.io\/.*token$|^\/run\/secrets\/kubernetes\.io\/.*token$/;
/** General tools: they copy, print, pack or send what they are told to. The programs that own the secrets are none of them. */
const generalTools = union(
  downloaders,
  new Set([
    ...['cat', 'tac', 'head', 'tail', 'less', 'more', 'grep', 'egrep', 'rg', 'ag', 'awk', 'gawk', 'mawk'],
    ...['sed', 'cut', 'sort', 'strings', 'cp', 'mv', 'dd', 'install', 'tar', 'zip', '7z', 'gzip', 'xz', 'zstd'],
    ...['base64', 'xxd', 'od', 'hexdump', 'openssl', 'nc', 'ncat', 'socat', 'scp', 'rclone', 'sqlite3', 'jq'],
    ...['yq', 'tee', 'paste', 'nl', 'find', 'xargs', 'bat'],
  ]),
);

export const storedSecretRead: Detector<'file.opened'> = {
  id: 'file.stored-secret-read',
  title: 'Stored credentials read by a general tool',
  techniques: ['T1552.001', 'T1555.003'],
  severity: 'medium',
  needs: ['file.opened'],
  watches: (path, access) => access === 'read' && secrets.test(path),
  detect(event) {
    const { process, path } = event;
    const tool = toolName(process.exe);
    // A shell or an interpreter with a script is the script; with none it does what somebody types or pipes in.
    const byHand = process.script === '' && (shells.has(tool) || interpreters.has(tool)) && process.args.includes('-c');
    if (!wasTried(event) || !(generalTools.has(tool) || generalTools.has(basename(process.exe)) || byHand)) return none;
    return {
      deviation: `read ${generalise(path)}`,
      reason: sentence(`${basename(programOf(process))} read ${path}, credentials that belong to another program`),
      saw: [{ label: 'Read', value: path }],
    };
  },
};
