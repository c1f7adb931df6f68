/** The certificate that Traefik shows: the operator's, or one of a local authority in the data folder. */

import { networkInterfaces } from 'node:os';
import { join } from 'node:path';
import { ensureLocalCertificate } from '../traefik/local-ca.ts';
import { certificateNames, type Options } from './options.ts';
import type { EdgeFiles } from './traefik.ts';

/**
 * `renewed`: it is another one than before. Throws where it cannot be made.
 *
 * @param environment with `PICKET_EDGE_ACME_DOMAIN` Traefik shows a certificate of an authority that every host knows: agents that
 *   were told of ours would refuse it
 */
export function edgeFiles(options: Options, environment: NodeJS.ProcessEnv): EdgeFiles & { readonly renewed: boolean } {
  if (options.certificate !== undefined) return { ...options.certificate, ca: options.ca, own: false, renewed: false };
  const local = ensureLocalCertificate(
    join(options.data, 'edge'),
    certificateNames(options, ownAddresses()),
    Date.now(),
  );
  return { ...local, ca: environment['PICKET_EDGE_ACME_DOMAIN'] ? undefined : local.ca, own: true };
}

/** Without link-local ones: they mean nothing without the name of an interface. */
const ownAddresses = (): string[] =>
  Object.values(networkInterfaces())
    .flatMap(addresses => addresses ?? [])
    .filter(({ address }) => !address.startsWith('fe80:'))
    .map(({ address }) => address);
