import { createHash } from 'node:crypto';
import { Router, type RequestHandler, type Response } from 'express';
import { createOpenApiDocument } from '../openapi/openapi-document.js';
import type { Operation } from '../openapi/operation.js';
import { refuseOtherMethods } from '../request-guards.js';
import { commandsTo } from './curl.js';
import { createDocsPage } from './docs-page.js';
import { DOCS_STYLE } from './docs-style.js';

/** A style by its hash, and an icon that is none: this is all that the page may have. */
const PAGE_POLICY = [
  "default-src 'none'",
  `style-src 'sha256-${hashOf(DOCS_STYLE, 'base64')}'`,
  'img-src data:',
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join('; ');

/**
 * `GET /openapi.json`: what this server answers, as OpenAPI 3.1. `GET /docs`: the same as a page to be read, with examples for
 * the address that it is asked for by. Both are made when they are first asked for.
 */
export function createReferenceRoutes(operations: readonly Operation[]): Router {
  const router = Router();
  router.get(
    '/openapi.json',
    sendText('application/json', () => JSON.stringify(createOpenApiDocument(operations))),
  );
  router.get('/docs', sendPage(operations));
  router.all(['/openapi.json', '/docs'], refuseOtherMethods('GET'));
  return router;
}

function sendText(type: string, make: () => string): RequestHandler {
  let made: Tagged | undefined;
  return (_request, response) => {
    send(response, type, (made ??= tagged(make())));
  };
}

function sendPage(operations: readonly Operation[]): RequestHandler {
  const pages = new Map<boolean, string>();
  return ({ secure, headers: { host = '' } }, response) => {
    const page = pages.get(secure) ?? createDocsPage(createOpenApiDocument(operations), secure);
    pages.set(secure, page);
    response.set('Content-Security-Policy', PAGE_POLICY);
    send(response, 'text/html', tagged(commandsTo(host, page)));
  };
}

interface Tagged {
  readonly text: string;
  readonly tag: string;
}

function tagged(text: string): Tagged {
  return { text, tag: `"${hashOf(text, 'base64url')}"` };
}

function send(response: Response, type: string, { text, tag }: Tagged): void {
  response.set({ 'Cache-Control': 'no-cache', ETag: tag });
  response.type(type).send(text);
}

function hashOf(text: string, encoding: 'base64' | 'base64url'): string {
  return createHash('sha256').update(text).digest(encoding);
}
