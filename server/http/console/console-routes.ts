import { extname } from 'node:path';
import { Router, type Request, type Response } from 'express';
import { AppError } from '../../errors/app-error.js';
import { refuseOtherMethods } from '../request-guards.js';
import { DATA_HEADERS } from '../security-headers.js';
import { BuiltConsole, type ConsoleFile } from './built-console.js';
import { pageHeaders } from './page-headers.js';

const ROOT = '/console';
/** Matched without decoding: what is written wrongly is a page, too, which says that there is none. */
const PATHS = /^\/console(?:\/|$)/i;
/** Files whose names change with their content. */
const HASHED = 'assets/';
const FOR_GOOD = 'public, max-age=31536000, immutable';

/**
 * `/console`: the console's files, and its page under every other path, since the page itself knows what is where. The
 * folder is read when it is first asked for; while it is not there, nothing is.
 *
 * @param folder - where the built console is
 */
export function createConsoleRoutes(folder: string): Router {
  let reading: Promise<BuiltConsole> | undefined;

  async function built(): Promise<BuiltConsole> {
    reading ??= BuiltConsole.read(folder);
    try {
      return await reading;
    } catch (error) {
      reading = undefined;
      throw error;
    }
  }

  const router = Router();
  router.get(PATHS, async (request, response) => {
    // A refusal is of this moment; what is sent says for itself how long it is good.
    response.set('Cache-Control', 'no-store');
    const console = await built();
    const path = request.path.slice(ROOT.length);
    const file = console.file(path.slice(1));
    if (path === '')
      response
        .status(308)
        .set('Location', `${ROOT}/${queryOf(request)}`)
        .end();
    else if (file !== undefined) sendFile(request, response, path.slice(1), file);
    else if (isPage(request, path.slice(1))) sendPage(response, console);
    else throw new AppError('request.not_found');
  });
  router.all(PATHS, refuseOtherMethods('GET'));
  return router;
}

function queryOf({ originalUrl }: Request): string {
  return /\?[^#]*/.exec(originalUrl)?.[0] ?? '';
}

// A name in the path of a page may have a dot in it; then only who asks for a page gets one, which a script's tag does not.
function isPage({ headers: { accept = '' } }: Request, path: string): boolean {
  if (`${path}/`.startsWith(HASHED)) return false;
  return extname(path) === '' || /\btext\/html\b/i.test(accept);
}

// Past Express, which would give the page a tag and answer that it is known.
function sendPage(response: Response, console: BuiltConsole): void {
  const { html, nonce } = console.page();
  const bytes = Buffer.from(html);
  response.set(pageHeaders(nonce)).type('text/html').set('Content-Length', String(bytes.length));
  response.end(bytes);
}

function sendFile(request: Request, response: Response, path: string, file: ConsoleFile): void {
  const { plain, encoded } = file;
  const coding = [...encoded.keys()].find((each) => request.acceptsEncodings(each) === each) ?? 'identity';
  const { bytes, tag } = encoded.get(coding) ?? plain;
  response.set({
    ...DATA_HEADERS,
    'Cache-Control': path.startsWith(HASHED) ? FOR_GOOD : 'no-cache',
    ETag: tag,
  });
  if (encoded.size > 0) response.vary('Accept-Encoding');
  if (coding !== 'identity') response.set('Content-Encoding', coding);
  response.type(extname(path)).send(bytes);
}
