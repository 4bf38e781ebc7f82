import { fileURLToPath } from 'node:url';

// All that is built of the server lies in one folder, and this module with it. Tests run the sources, but with threads
// a client and a console that are built.
const BUILT = new URL(import.meta.url.endsWith('.ts') ? '../dist/server/' : './', import.meta.url);

/** The folder with the models and the migrations. */
export const PRISMA_FOLDER = fileURLToPath(new URL('../prisma/', import.meta.url));
/** The program of the thread that hashes. */
export const HASH_WORKER = new URL('hash-worker.js', BUILT);
/** The program of the thread that seals segments. */
export const SEAL_WORKER = fileURLToPath(new URL('seal-worker.js', BUILT));
/** The folder of the console, for browsers. */
export const CONSOLE = fileURLToPath(new URL('../console/', BUILT));
/** The client as one file. */
export const CLIENT = fileURLToPath(new URL('../gather.mjs', BUILT));
