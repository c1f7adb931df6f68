/** What ingress can be told. Every limit is per submission unless it says otherwise. */

export interface IngressConfig {
  readonly host: string;
  /** 0 takes a free one. */
  readonly port: number;
  /** File in which the watermarks of the streams outlive a restart. */
  readonly watermarkFile: string;
  readonly limits: IngressLimits;
}

export interface IngressLimits {
  /** Bytes of the body as sent. */
  readonly bodyBytes: number;
  /** Bytes of all bodies together that are held at one moment; of one endpoint an eighth. */
  readonly heldBytes: number;
  /**
   * Submissions whose bodies are here and that are not answered yet; of one endpoint an eighth. Above it they are refused at a tenth
   * of what taking one costs: where more come than can be taken, those that are taken are answered soon, and so are health checks.
   */
  readonly underWay: number;
  /** Seconds that `created` may be away from the server's clock, either way. */
  readonly clockSeconds: number;
  /** Signatures remembered to notice a replay; at 500 bytes a signature and more this many are about 100 MiB. */
  readonly replays: number;
  /** Events a second, and at once, that one endpoint may submit. */
  readonly eventsPerSecond: number;
  readonly eventBurst: number;
  /** Connections at one moment. */
  readonly connections: number;
  /** Milliseconds for the headers, and for the whole request, to arrive. */
  readonly headersTimeout: number;
  readonly requestTimeout: number;
}

const MiB = 1 << 20;

export const defaultLimits: IngressLimits = {
  bodyBytes: 4 * MiB,
  heldBytes: 128 * MiB,
  underWay: 400,
  clockSeconds: 300,
  replays: 2_000_000,
  eventsPerSecond: 100_000,
  eventBurst: 1_000_000,
  connections: 20_000,
  headersTimeout: 10_000,
  requestTimeout: 30_000,
};
