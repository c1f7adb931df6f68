/**
 * A certificate authority of this installation's own, and the certificate that it gives the edge: for networks where no public
 * authority can vouch for a name. Agents are given the authority's certificate in their configuration, and trust nothing else.
 *
 *   node deploy/traefik/local-ca.ts FOLDER NAME...     names and addresses by which the edge is reached
 */

import { execFileSync } from 'node:child_process';
import { createPrivateKey, X509Certificate } from 'node:crypto';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { isIP } from 'node:net';
import { join } from 'node:path';

/** Files in PEM; the keys have mode 0600. */
export interface LocalCertificate {
  readonly ca: string;
  readonly certificate: string;
  readonly key: string;
  /** It was made now, and not kept: whoever serves it has to read it again. */
  readonly renewed: boolean;
}

const caDays = 3_650;
const certificateDays = 90;
/** Browsers refuse longer ones; a third before its end it is made anew. */
const renewalDays = 30;
const dayMs = 86_400_000;

/**
 * Gives the files of `folder`, made where they are missing, would soon expire, are not for all of `names` or do not belong together.
 * Throws where openssl is missing or the folder cannot be written.
 *
 * @param now milliseconds since the epoch
 */
export function ensureLocalCertificate(folder: string, names: readonly string[], now: number): LocalCertificate {
  mkdirSync(folder, { recursive: true, mode: 0o711 });
  const files = { ca: join(folder, 'ca.pem'), certificate: join(folder, 'edge.pem'), key: join(folder, 'edge.key') };
  const caKey = join(folder, 'ca.key');
  const ca = readPair(files.ca, caKey);
  const newCa = ca === undefined || daysLeft(ca, now) < certificateDays;
  if (newCa) makeCa(folder, files.ca, caKey);
  const issuer = new X509Certificate(readFileSync(files.ca));
  const served = readPair(files.certificate, files.key);
  const kept =
    served?.verify(issuer.publicKey) &&
    daysLeft(served, now) >= renewalDays &&
    names.every(name => (isIP(name) ? served.checkIP(name) : served.checkHost(name)) !== undefined);
  if (!kept) makeCertificate(folder, { ...files, caKey }, names);
  return { ...files, renewed: !kept };
}

const daysLeft = ({ validToDate }: X509Certificate, now: number): number => (validToDate.getTime() - now) / dayMs;

/** `undefined` where one of the two is missing or damaged, or the key is another's. */
function readPair(certificateFile: string, keyFile: string): X509Certificate | undefined {
  if (!existsSync(certificateFile) || !existsSync(keyFile)) return undefined;
  try {
    const certificate = new X509Certificate(readFileSync(certificateFile));
    return certificate.checkPrivateKey(createPrivateKey(readFileSync(keyFile))) ? certificate : undefined;
  } catch {
    return undefined;
  }
}

const newKey = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes'];

function makeCa(folder: string, certificate: string, key: string): void {
  inFolderAside(folder, aside => {
    openssl([
      ...['req', '-x509', ...newKey, '-sha256', '-days', String(caDays), '-subj', '/CN=Picket local CA'],
      ...['-addext', 'basicConstraints=critical,CA:TRUE,pathlen:0', '-addext', 'keyUsage=critical,keyCertSign,cRLSign'],
      ...['-keyout', join(aside, 'key'), '-out', join(aside, 'certificate')],
    ]);
    install(aside, certificate, key);
  });
}

function makeCertificate(
  folder: string,
  { ca, caKey, certificate, key }: { readonly ca: string; readonly caKey: string; certificate: string; key: string },
  names: readonly string[],
): void {
  inFolderAside(folder, aside => {
    const extensions = join(aside, 'extensions');
    const alternatives = [...new Set(names)].map(name => `${isIP(name) ? 'IP' : 'DNS'}:${name}`);
    writeFileSync(
      extensions,
      [
        'basicConstraints=critical,CA:FALSE',
        'keyUsage=critical,digitalSignature',
        'extendedKeyUsage=serverAuth',
        `subjectAltName=${alternatives.join(',')}`,
        '',
      ].join('\n'),
    );
    const request = join(aside, 'request');
    openssl(['req', ...newKey, '-subj', '/CN=Picket', '-keyout', join(aside, 'key'), '-out', request]);
    openssl([
      ...['x509', '-req', '-sha256', '-days', String(certificateDays), '-in', request, '-extfile', extensions],
      ...['-CA', ca, '-CAkey', caKey, '-CAserial', join(aside, 'serial'), '-CAcreateserial'],
      ...['-out', join(aside, 'certificate')],
    ]);
    install(aside, certificate, key);
  });
}

/** The key first: a certificate without its key is found to be so at the next look, and made anew. */
function install(aside: string, certificate: string, key: string): void {
  chmodSync(join(aside, 'key'), 0o600);
  chmodSync(join(aside, 'certificate'), 0o644);
  renameSync(join(aside, 'key'), key);
  renameSync(join(aside, 'certificate'), certificate);
}

function inFolderAside(folder: string, make: (aside: string) => void): void {
  const aside = mkdtempSync(join(folder, 'new-'));
  try {
    make(aside);
  } finally {
    rmSync(aside, { recursive: true });
  }
}

function openssl(args: readonly string[]): void {
  try {
    execFileSync('openssl', args, { stdio: ['ignore', 'pipe', 'pipe'] });
  } catch (error) {
    const { code, stderr, message } = error as NodeJS.ErrnoException & { stderr?: Buffer };
    if (code === 'ENOENT')
      throw new Error('openssl is not here, and makes the certificates: install the package openssl');
    throw new Error(`openssl ${args[0]} failed: ${stderr?.toString().trim() || message}`);
  }
}

if (import.meta.main) {
  const [folder, ...names] = process.argv.slice(2);
  if (folder === undefined || names.length === 0) {
    process.stderr.write('usage: node deploy/traefik/local-ca.ts FOLDER NAME...\n');
    process.exit(64);
  }
  const { ca, certificate, renewed } = ensureLocalCertificate(folder, names, Date.now());
  process.stdout.write(`${renewed ? 'made' : 'kept'} ${certificate}; agents and browsers trust ${ca}\n`);
}
