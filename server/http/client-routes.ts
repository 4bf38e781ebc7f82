import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { Router } from 'express';
import { AppError } from '../errors/app-error.js';
import { refuseOtherMethods } from './request-guards.js';

interface Content {
  readonly bytes: Buffer;
  readonly tag: string;
}

/**
 * `GET /gather.mjs`: the client as one file, which runs with nothing but Node. It is read once and shared by all who
 * are being sent it, so that a slow reader holds no open file.
 *
 * @param path - where the built client is
 */
export function createClientRoutes(path: string): Router {
  let content: Content | undefined;
  const router = Router();
  router.get('/gather.mjs', async (_request, response) => {
    content ??= await read(path);
    response.type('text/javascript').set({ 'Cache-Control': 'no-cache', ETag: content.tag });
    response.send(content.bytes);
  });
  router.all('/gather.mjs', refuseOtherMethods('GET'));
  return router;
}

async function read(path: string): Promise<Content> {
  try {
    const bytes = await readFile(path);
    return { bytes, tag: `"${createHash('sha256').update(bytes).digest('base64url')}"` };
  } catch (cause) {
    throw new AppError('request.not_found', { cause });
  }
}
