import type { OpenApiDocument, OperationObject } from '../openapi/openapi-types.js';
import { DOCS_STYLE } from './docs-style.js';
import { Html, html, prose } from './html.js';
import { operationSection, routeTitle } from './operation-section.js';
import { schemaSection } from './schema-section.js';

// To the letter: the page's policy has the hash of what stands between the tags.
const STYLE = new Html(`<style>${DOCS_STYLE}</style>`);

interface Listed {
  readonly method: string;
  readonly path: string;
  readonly operation: OperationObject;
}

/**
 * The reference as one page: no script, and nothing that would have to be fetched.
 *
 * @param isSecure - whether its command lines speak TLS
 */
export function createDocsPage(document: OpenApiDocument, isSecure: boolean): string {
  const { info, tags, components } = document;
  const groups = tags.map(({ name }) => ({ name, listed: listedUnder(document, name) }));
  const page = html`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta name="color-scheme" content="light dark" />
        <title>${info.title}: reference</title>
        <link rel="icon" href="data:," />
        ${STYLE}
      </head>
      <body>
        <nav aria-label="Contents">
          <p class="title"><a href="#top">${info.title}</a></p>
          ${groups.map(
            ({ name, listed }) =>
              html`<h2>${name}</h2>
                <ul>
                  ${listed.map(
                    ({ method, path, operation }) =>
                      html`<li><a href="#${operation.operationId}">${routeTitle(method, path)}</a></li>`,
                  )}
                </ul>`,
          )}
          <h2>Schemas</h2>
          <ul>
            ${Object.keys(components.schemas).map(
              (name) => html`<li><a href="#schema-${name}">${name}</a></li>`,
            )}
          </ul>
        </nav>
        <main id="top">
          <h1>${info.title}</h1>
          ${prose(info.description)}
          <p>For programs: <a href="openapi.json">openapi.json</a> (OpenAPI ${document.openapi}).</p>
          ${groups.map(
            ({ name, listed }) =>
              html`<h2>${name}</h2>
                ${listed.map(({ method, path, operation }) => operationSection(method, path, operation, isSecure))}`,
          )}
          <h2>Schemas</h2>
          ${Object.entries(components.schemas).map(([name, schema]) => schemaSection(name, schema))}
        </main>
      </body>
    </html>`;
  return page.text;
}

function listedUnder({ paths }: OpenApiDocument, tag: string): readonly Listed[] {
  return Object.entries(paths).flatMap(([path, methods]) =>
    Object.entries(methods)
      .filter(([, { tags }]) => tags.includes(tag))
      .map(([method, operation]) => ({ method, path, operation })),
  );
}
