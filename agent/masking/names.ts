/** Which names say that their value is a secret. */

const secret =
  /pass(?:w(?:or)?d|phrase|code)?(?![a-z])|passw|pwd|secret|token|api[-_]?key|access[-_]?key|private[-_]?key|account[-_]?key|client[-_]?key|auth[-_]?key|encryption[-_]?key|credential|(?:^|[-_.])(?:auth|sig|signature|bearer|cookie|cred|creds|pin|otp)$/i;

/** `--password-file` names a place, `--token-type` a kind, `AWS_ACCESS_KEY_ID` an account: those are worth seeing. */
const harmless =
  /(?:file|path|dir|folder|store|stdin|prompt|type|length|policy|id|url|uri|ttl|expiry|timeout|count|limit)$/i;

/** `name` may be an option with its dashes, a variable, a header, a key of JSON. */
export const isSecretName = (name: string): boolean => secret.test(name) && !harmless.test(name);
