/**
 * A submission's signature: HTTP Message Signatures (RFC 9421) over a fixed list of components, of which the body is
 * one through Content-Digest (RFC 9530). Signer is the agent, verifier is ingress.
 *
 * Only this profile is understood: one signature labelled `sig1`, Ed25519, `components` below in this order, and the
 * parameters created, nonce, keyid and alg, each once. Whatever else RFC 9421 allows is refused, which is what keeps
 * the parser small enough to trust.
 */

import { createHash, type KeyObject, sign, timingSafeEqual, verify } from 'node:crypto';

/** What a signature covers, in the order in which it covers it. */
export const components = [
  '@method',
  '@path',
  'content-type',
  'content-encoding',
  'content-digest',
  'picket-boot',
  'picket-stream',
  'picket-sequence',
] as const;

const covered = `(${components.map(name => `"${name}"`).join(' ')})`;

/** Longest Signature-Input that is looked at, in characters; a valid one of ours has about 300. */
const inputLimit = 1024;

/** The signed part of a request. Header names are in lower case, as Node gives them. */
export interface SignableRequest {
  readonly method: string;
  /** Path without the query: `/submit_logs`. */
  readonly path: string;
  readonly headers: Readonly<Record<string, string | readonly string[] | undefined>>;
}

/** Who signs, and what makes this signature different from the last one. */
export interface Signer {
  /** Endpoint id. */
  readonly keyId: string;
  readonly privateKey: KeyObject;
  /** Seconds since the Unix epoch. */
  readonly created: number;
  /** Never the same twice: 16 random bytes in base64url, for example. Printable ASCII without `"` and `\`, at most 64. */
  readonly nonce: string;
}

/** What a signature claims. Nothing of it is true before `verifyRequest` says so. */
export interface SignatureClaim {
  readonly ok: true;
  readonly keyId: string;
  /** Seconds since the Unix epoch. */
  readonly created: number;
  readonly nonce: string;
  /** The bytes that were signed. */
  readonly base: Buffer;
  readonly signature: Buffer;
  /** SHA-256 that the body must have. */
  readonly digest: Buffer;
}

export interface SignatureRefusal {
  readonly ok: false;
  readonly reason: 'signature-missing' | 'signature-invalid';
  /** One sentence for the sender's log: what was expected, what was found. */
  readonly detail: string;
}

/**
 * Headers that make a request a signed one: content-digest, signature-input and signature. `request.headers` must
 * already hold content-type, content-encoding (`identity` where there is none) and the three picket-* headers.
 */
export function signRequest(
  request: SignableRequest,
  body: Uint8Array,
  signer: Signer,
): Record<'content-digest' | 'signature-input' | 'signature', string> {
  const contentDigest = `sha-256=:${sha256(body).toString('base64')}:`;
  const parameters = `${covered};created=${signer.created};nonce="${signer.nonce}";keyid="${signer.keyId}";alg="ed25519"`;
  const values = componentValues({ ...request, headers: { ...request.headers, 'content-digest': contentDigest } });
  if (!values.ok) throw new TypeError(`A request to be signed needs the header ${values.missing}`);
  const input = `sig1=${parameters}`;
  if (!parseInput(input))
    throw new TypeError(
      'A signature needs a whole number of seconds, a nonce of 1 to 64 and a key id of 1 to 128 printable ASCII characters',
    );
  const signature = sign(null, signatureBase(values.pairs, parameters), signer.privateKey);
  return {
    'content-digest': contentDigest,
    'signature-input': input,
    signature: `sig1=:${signature.toString('base64')}:`,
  };
}

/** Reads what a request's signature claims, without the body and before any key is known. Never throws. */
export function readSignature(request: SignableRequest): SignatureClaim | SignatureRefusal {
  const input = one(request, 'signature-input');
  const signature = one(request, 'signature');
  const contentDigest = one(request, 'content-digest');
  if (input === undefined || signature === undefined || contentDigest === undefined) {
    return refusal('signature-missing', 'A submission needs the headers Signature-Input, Signature and Content-Digest');
  }
  const parsed = parseInput(input);
  if (!parsed)
    return refusal('signature-invalid', `Signature-Input is not sig1=${covered};created;nonce;keyid;alg="ed25519"`);
  const signed = /^sig1=:([A-Za-z0-9+/]{86}==):$/.exec(signature);
  if (!signed) return refusal('signature-invalid', 'Signature is not sig1=:…: with 64 bytes in base64');
  const digest = /^sha-256=:([A-Za-z0-9+/]{43}=):$/.exec(contentDigest);
  if (!digest) return refusal('signature-invalid', 'Content-Digest is not sha-256=:…: with 32 bytes in base64');
  const values = componentValues(request);
  if (!values.ok)
    return refusal('signature-invalid', `The signature covers ${values.missing}, which the request does not have`);
  return {
    ok: true,
    keyId: parsed.keyId,
    created: parsed.created,
    nonce: parsed.nonce,
    base: signatureBase(values.pairs, parsed.parameters),
    signature: Buffer.from(signed[1]!, 'base64'),
    digest: Buffer.from(digest[1]!, 'base64'),
  };
}

/** Holds the claim against the key of its endpoint and the body as received (still compressed). Never throws. */
export function verifyRequest(
  claim: SignatureClaim,
  body: Uint8Array,
  publicKey: KeyObject,
): { readonly ok: true } | SignatureRefusal {
  if (!timingSafeEqual(sha256(body), claim.digest))
    return refusal('signature-invalid', 'The body does not have the digest that Content-Digest states');
  if (!signedBy(claim, publicKey))
    return refusal('signature-invalid', `The signature is not one of key ${claim.keyId} over this request`);
  return { ok: true };
}

/** Whether the owner of the key signed these headers, at whatever time, and whatever the body is. Never throws. */
export function signedBy(claim: SignatureClaim, publicKey: KeyObject): boolean {
  return publicKey.asymmetricKeyType === 'ed25519' && verify(null, claim.base, publicKey, claim.signature);
}

/** The signature base of RFC 9421, section 2.5: one line a component, then the parameters. */
export function signatureBase(pairs: readonly (readonly [name: string, value: string])[], parameters: string): Buffer {
  let text = '';
  for (const [name, value] of pairs) text += `"${name}": ${value}\n`;
  return Buffer.from(`${text}"@signature-params": ${parameters}`, 'latin1');
}

type Values =
  | { readonly ok: true; readonly pairs: [string, string][] }
  | { readonly ok: false; readonly missing: string };

function componentValues(request: SignableRequest): Values {
  const pairs: [string, string][] = [];
  for (const name of components) {
    const value = name === '@method' ? request.method : name === '@path' ? request.path : one(request, name);
    if (value === undefined || value.includes('\n')) return { ok: false, missing: name };
    pairs.push([name, value.trim()]);
  }
  return { ok: true, pairs };
}

const parameter =
  /;(?:created=(?<created>\d{1,12})|nonce="(?<nonce>[ !#-[\]-~]{1,64})"|keyid="(?<keyId>[ !#-[\]-~]{1,128})"|alg="(?<alg>ed25519)")/y;

/** The parameters of one `sig1` over exactly our components; `parameters` is the text as it goes into the base. */
function parseInput(input: string): { parameters: string; created: number; nonce: string; keyId: string } | undefined {
  if (input.length > inputLimit || !input.startsWith('sig1=')) return undefined;
  const parameters = input.slice('sig1='.length);
  if (!parameters.startsWith(covered)) return undefined;
  const found: Record<string, string> = {};
  for (let at = covered.length; at < parameters.length; at = parameter.lastIndex) {
    parameter.lastIndex = at;
    const match = parameter.exec(parameters);
    if (!match) return undefined;
    for (const [name, value] of Object.entries(match.groups!)) {
      if (value === undefined) continue;
      if (found[name] !== undefined) return undefined;
      found[name] = value;
    }
  }
  const { created, nonce, keyId, alg } = found;
  if (created === undefined || nonce === undefined || keyId === undefined || alg === undefined) return undefined;
  return { parameters, created: Number(created), nonce, keyId };
}

function one(request: SignableRequest, name: string): string | undefined {
  const value = request.headers[name];
  return typeof value === 'string' ? value : undefined;
}

const sha256 = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest();

const refusal = (reason: SignatureRefusal['reason'], detail: string): SignatureRefusal => ({
  ok: false,
  reason,
  detail,
});
