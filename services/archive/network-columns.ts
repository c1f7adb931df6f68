/** The two ends of a connection, as columns. */

import { type Batch, protocolName } from '../domain/events/batch.ts';
import { DictionaryColumn, IntegerColumn, type NamedColumn, WordsColumn } from './native-columns.ts';

export class NetworkColumns {
  readonly #protocol = new DictionaryColumn();
  readonly #localAddress = new WordsColumn('IPv6');
  readonly #localPort = new IntegerColumn('UInt16');
  readonly #remoteAddress = new WordsColumn('IPv6');
  readonly #remotePort = new IntegerColumn('UInt16');

  readonly columns: readonly NamedColumn[] = [
    ['protocol', this.#protocol],
    ['local_address', this.#localAddress],
    ['local_port', this.#localPort],
    ['remote_address', this.#remoteAddress],
    ['remote_port', this.#remotePort],
  ];

  /** `at` is the row of the network table, -1 for an event of another family. */
  set(batch: Batch, row: number, at: number): void {
    if (at < 0) {
      this.#protocol.rows[row] = 0;
      this.#localPort.values[row] = 0;
      this.#remotePort.values[row] = 0;
      this.#localAddress.words.fill(0, 4 * row, 4 * row + 4);
      this.#remoteAddress.words.fill(0, 4 * row, 4 * row + 4);
      return;
    }
    const network = batch.families.network;
    this.#protocol.rows[row] = this.#protocol.key(protocolNames[protocolName(network.protocol[at]!)]);
    this.#localPort.values[row] = network.localPort[at]!;
    this.#remotePort.values[row] = network.remotePort[at]!;
    setAddress(this.#localAddress.words, 4 * row, batch.bytes(network.localAddress[at]!));
    setAddress(this.#remoteAddress.words, 4 * row, batch.bytes(network.remoteAddress[at]!));
  }
}

const protocolNames = { tcp: Buffer.from('tcp'), udp: Buffer.from('udp'), other: Buffer.from('other') } as const;

/** 16 bytes in network order; IPv4 mapped (RFC 4291, 2.5.5.2); none is `::`. */
function setAddress(words: Uint32Array, at: number, bytes: Uint8Array): void {
  const to = new Uint8Array(words.buffer, words.byteOffset + 4 * at, 16).fill(0);
  if (bytes.length === 16) to.set(bytes);
  if (bytes.length === 4) {
    to[10] = 0xff;
    to[11] = 0xff;
    to.set(bytes, 12);
  }
}
