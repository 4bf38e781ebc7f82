import { createHash } from 'node:crypto';
import { Router, type RequestHandler } from 'express';
import { createOpenApiDocument } from '../openapi/openapi-document.js';
import type { Operation } from '../openapi/operation.js';
import { refuseOtherMethods } from '../request-guards.js';
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
 * `GET /openapi.json`: what this server answers, as OpenAPI 3.1. `GET /docs`: the same as a page to be read. Both are
 * made when they are first asked for.
 */
export function createReferenceRoutes(operations: readonly Operation[]): Router {
  const router = Router();
  router.get(
    '/openapi.json',
    sendText('application/json', {}, () => JSON.stringify(createOpenApiDocument(operations))),
  );
  router.get(
    '/docs',
    sendText('text/html', { 'Content-Security-Policy': PAGE_POLICY }, () =>
      createDocsPage(createOpenApiDocument(operations)),
    ),
  );
  router.all(['/openapi.json', '/docs'], refuseOtherMethods('GET'));
  return router;
}

function sendText(
  type: string,
  headers: Readonly<Record<string, string>>,
  make: () => string,
): RequestHandler {
  let made: { text: string; tag: string } | undefined;
  return (_request, response) => {
    made ??= tagged(make());
    response.set({ 'Cache-Control': 'no-cache', ETag: made.tag, ...headers });
    response.type(type).send(made.text);
  };
}

function tagged(text: string): { text: string; tag: string } {
  return { text, tag: `"${hashOf(text, 'base64url')}"` };
}

function hashOf(text: string, encoding: 'base64' | 'base64url'): string {
  return createHash('sha256').update(text).digest(encoding);
}
