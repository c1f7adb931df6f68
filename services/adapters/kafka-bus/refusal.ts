/** Why brokers were not reached, in words for whoever has to set it right. */

import type { KafkaBusConfig } from './config.ts';

export interface Refusal {
  /** A sentence, with what to do. */
  readonly reason: string;
  /** Trying again gives the same. */
  readonly final: boolean;
}

/** What Node says of a certificate that it does not trust (OpenSSL's X509_V_ERR, tls.checkServerIdentity). */
const distrust =
  /^(?:UNABLE_TO_|DEPTH_ZERO_|SELF_SIGNED_|CERT_|INVALID_(?:CA|PURPOSE)|PATH_LENGTH_EXCEEDED|ERR_TLS_CERT_ALTNAME_INVALID)/;

export function refusal(error: unknown, { brokers, tls, login }: KafkaBusConfig): Refusal {
  const where = `at ${brokers.join(', ')}`;
  const { name, code, message, type } = innermost(error);
  if (name === 'KafkaJSSASLAuthenticationError') {
    return {
      reason: `Kafka ${where} refuses the login of ${login?.user} (${message}): check PICKET_KAFKA_USER and PICKET_KAFKA_PASSWORD.`,
      final: true,
    };
  }
  if (typeof code === 'string' && distrust.test(code)) {
    const authorities =
      tls?.ca === undefined ? "the system's authorities: set PICKET_KAFKA_CA_FILE" : 'PICKET_KAFKA_CA';
    return {
      reason: `The certificate of Kafka ${where} is not vouched for by ${authorities} (${code}).`,
      final: true,
    };
  }
  const hints: string[] = [];
  if (tls && code === 'ECONNRESET')
    hints.push('it may not speak TLS there: check PICKET_KAFKA_TLS and PICKET_KAFKA_CA');
  else if (!tls && name === 'KafkaJSConnectionClosedError') {
    hints.push('it may expect TLS there: set PICKET_KAFKA_TLS=true, or PICKET_KAFKA_CA_FILE');
  }
  if (!login && name === 'KafkaJSConnectionClosedError') {
    hints.push('it may expect a login: set PICKET_KAFKA_USER and PICKET_KAFKA_PASSWORD');
  }
  if (login && type === 'ILLEGAL_SASL_STATE') hints.push('it expects no login there: check the port of PICKET_BUS_URL');
  if (hints.length === 0) hints.push('check PICKET_BUS_URL');
  return { reason: `No Kafka broker answers ${where} (${message}): ${hints.join('; ')}.`, final: false };
}

interface Fault {
  readonly name: string;
  readonly message: string;
  readonly code?: unknown;
  readonly type?: unknown;
}

/** The client wraps what happened in how often it tried. */
function innermost(error: unknown): Fault {
  for (let at = error; ; at = at.cause) {
    if (!(at instanceof Error)) return { name: '', message: String(at) };
    if (!(at.cause instanceof Error)) return at;
  }
}
