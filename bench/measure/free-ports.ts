/** Ports for servers that are started again at the same address: out of the same blocks as the engines' own. */

export { freePorts } from '../../services/engines/free-port.ts';
