/**
 * How messages are read; told to protobufjs before the first one is.
 * 64-bit fields are JavaScript numbers: all that we send (microseconds, sequence numbers, inodes) stays below 2^53. Without
 * this protobufjs hands out `Long` objects as soon as anybody has installed the package `long`.
 * Unknown fields, of a newer agent, are kept in `$unknowns` and written back by `encode`.
 */
import protobuf from 'protobufjs/minimal.js';

Object.assign(protobuf.util, { Long: undefined });
Object.assign(protobuf.Reader, { discardUnknown: false });
protobuf.configure();
