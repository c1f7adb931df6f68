/** Run inside the bed: logs in at the server there, adds an endpoint and writes its configuration to the file that is named. */

import { readFileSync, writeFileSync } from 'node:fs';
import { logIn } from '../harness/api.ts';

const [config = ''] = process.argv.slice(2);
const [email = '', first = ''] = readFileSync('/var/lib/picket/first-admin', 'utf8').trim().split(' ');
const api = await logIn('http://127.0.0.1:3001', { email, password: first }, 'a long enough first password');
const { configuration, endpoint } = await api.post<{ configuration: string; endpoint: { id: string } }>('/endpoints', {
  name: 'bed',
  api: 'http://127.0.0.1:5001/submit_logs',
});
writeFileSync(config, configuration, { mode: 0o600 });
console.log(endpoint.id);
