import { join } from 'node:path';
import { cached } from '../cache.mjs';

export const traefikVersion = '3.5.3';

/** Where the program lies once it is built. @returns {string} */
export const traefikProgram = () => join(cached(`traefik-${traefikVersion}`), 'traefik');
