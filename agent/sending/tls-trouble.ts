/** Why the server's certificate was not trusted, in words that say what to do. */

/** Codes of OpenSSL and Node for a chain that does not end at a trusted authority. */
const stranger = new Set([
  'DEPTH_ZERO_SELF_SIGNED_CERT',
  'SELF_SIGNED_CERT_IN_CHAIN',
  'UNABLE_TO_GET_ISSUER_CERT',
  'UNABLE_TO_GET_ISSUER_CERT_LOCALLY',
  'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
  'CERT_SIGNATURE_FAILURE',
  'INVALID_CA',
]);

/**
 * `undefined` where the error is not about the certificate or TLS. The same words for the same trouble: it is logged once.
 *
 * @param pinned whether `ca` names who is trusted, and not the system
 */
export function tlsTrouble(
  error: NodeJS.ErrnoException,
  { api, pinned }: { readonly api: URL; readonly pinned: boolean },
): string | undefined {
  const { code = '' } = error;
  if (stranger.has(code)) {
    return pinned
      ? `the certificate of ${api.host} is not signed by the authority in \`ca\`: either another server answers there, or its authority was replaced (then download the endpoint's configuration again)`
      : `the certificate of ${api.host} is not signed by an authority that this host trusts: give the server's authority as \`ca\` (${code})`;
  }
  if (code === 'CERT_HAS_EXPIRED')
    return `the certificate of ${api.host}, or its authority's, has expired: renew it there, or set this host's clock where that is wrong`;
  if (code === 'CERT_NOT_YET_VALID')
    return `the certificate of ${api.host} is not valid yet: is this host's clock right?`;
  if (code === 'ERR_TLS_CERT_ALTNAME_INVALID') {
    const { cert: { subjectaltname } = {} } = error as { cert?: { subjectaltname?: string } };
    return `the certificate of ${api.host} is not for ${api.hostname}${subjectaltname ? `, but for ${subjectaltname}` : ''}: use one of those names in \`api\`, or give the server a certificate for this one`;
  }
  // The code is no more than EPROTO for some of these.
  if (/wrong.version.number|packet.length.too.long/i.test(`${code} ${error.message}`))
    return `${api.host} does not speak TLS: is \`api\` a http:// address?`;
  return undefined;
}
