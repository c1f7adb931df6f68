/** Run inside the bed: what the API at the server there answers to GET, as the first admin. */

import { logIn } from '../harness/api.ts';

const [path = '/'] = process.argv.slice(2);
const password = 'a long enough first password';
const api = await logIn('http://127.0.0.1:3001', { email: 'admin@picket.local', password }, password);
console.log(JSON.stringify(await api.get(path)));
