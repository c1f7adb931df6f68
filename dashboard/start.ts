/**
 * Runs the built dashboard: `node --max-old-space-size=192 dashboard/start.ts`, after `npm run build -w @picket/dashboard`.
 *
 * Environment: NEXTAUTH_SECRET, or NEXTAUTH_SECRET_FILE as the file that holds it (required; encrypts the session cookie),
 * PICKET_API_URL (default http://127.0.0.1:3001), PORT (3000), PICKET_DASHBOARD_ADDRESS (where to listen, default 0.0.0.0), NEXTAUTH_URL (what people type;
 * https:// there makes the cookies Secure), KEEP_ALIVE_TIMEOUT (ms that an idle connection stays open, default 75000: what stands in front has to
 * give it up first).
 */

import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { noteClientAddresses } from './server/client-address.ts';

const server = join(import.meta.dirname, '.next/standalone/dashboard/server.js');
if (!existsSync(server)) {
  console.error('The dashboard is not built. Run: npm run build -w @picket/dashboard');
  process.exit(1);
}
const secretFile = process.env['NEXTAUTH_SECRET_FILE'];
if (secretFile) process.env['NEXTAUTH_SECRET'] = readFileSync(secretFile, 'utf8').trim();
if (!process.env['NEXTAUTH_SECRET']) {
  console.error(
    'NEXTAUTH_SECRET and NEXTAUTH_SECRET_FILE are not set, or empty. Give 32 random bytes, for example from: openssl rand -base64 32',
  );
  process.exit(1);
}
process.env['PORT'] ||= '3000';
// A shell exports its machine's name as HOSTNAME; to listen there only is seldom meant.
process.env['HOSTNAME'] = process.env['PICKET_DASHBOARD_ADDRESS'] || '0.0.0.0';
process.env['KEEP_ALIVE_TIMEOUT'] ||= '75000';
process.env['NEXTAUTH_URL'] ||= `http://localhost:${process.env['PORT']}`;
process.env['NEXT_TELEMETRY_DISABLED'] = '1';
noteClientAddresses();
await import(server);
