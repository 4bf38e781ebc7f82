import { CONSOLE_HEADER } from '../../../protocol/console.js';
import type {
  ContentObject,
  MediaTypeObject,
  OperationObject,
  ParameterObject,
  ResponseObject,
} from '../openapi/openapi-types.js';
import { curlOf, goesWithout } from './curl.js';
import { html, inline, prose, type Html } from './html.js';
import { typeOf } from './schema-section.js';

/** An example that is no longer stands on one line. */
const LINE_CHARACTERS = 76;

/** A method of a path with its parameters, bodies and answers. @param isSecure - whether it is tried over TLS */
export function operationSection(
  method: string,
  path: string,
  operation: OperationObject,
  isSecure: boolean,
): Html {
  const { operationId, summary, description, parameters, requestBody, responses } = operation;
  return html`<section id="${operationId}">
    <h3>${routeTitle(method, path)}</h3>
    <p class="summary">${inline(summary)}</p>
    ${description === undefined ? undefined : prose(description)} ${securityNote(operation)}
    ${parameters === undefined ? undefined : parameterTable(parameters)}
    ${
      requestBody === undefined
        ? undefined
        : html`<h4>Request</h4>
            ${bodies(requestBody.content)}`
    }
    <h4>Try it</h4>
    <pre class="curl"><code>${curlOf(method, path, operation, isSecure)}</code></pre>
    <h4>Answers</h4>
    ${Object.entries(responses).map(([status, response]) => answer(status, response))}
  </section>`;
}

/** A method and a path, as they stand in headings and lists. */
export function routeTitle(method: string, path: string): Html {
  return html`<span class="method ${method}">${method.toUpperCase()}</span> <code>${path}</code>`;
}

function securityNote({ security }: OperationObject): Html | undefined {
  if (security === undefined) return undefined;
  const scheme = Object.keys(security[0] ?? {})[0] ?? '';
  return html`<p>
    Needs
    <code>Authorization: Bearer …</code>
    (${scheme}${goesWithout(security) ? ', where that is set' : ''})${cookieNote(security)}.
  </p>`;
}

function cookieNote(security: NonNullable<OperationObject['security']>): Html | undefined {
  if (!security.some((requirement) => 'cookie' in requirement)) return undefined;
  return html`, or the cookie of a browser with <code>${CONSOLE_HEADER}: 1</code>`;
}

function parameterTable(parameters: readonly ParameterObject[]): Html {
  return html`<h4>Parameters</h4>
    <table>
      <thead>
        <tr>
          <th>name</th>
          <th>in</th>
          <th>type</th>
          <th>what it is</th>
        </tr>
      </thead>
      <tbody>
        ${parameters.map(
          ({ name, in: place, required, schema, description = '' }) =>
            html`<tr>
              <td>
                <code>${name}</code>${required ? html` <span class="required">required</span>` : undefined}
              </td>
              <td>${place}</td>
              <td>${typeOf(schema)}</td>
              <td>${inline(description)}</td>
            </tr>`,
        )}
      </tbody>
    </table>`;
}

function answer(status: string, { description, headers, content = {} }: ResponseObject): Html {
  const kind = status.startsWith('2') || status.startsWith('3') ? 'good' : 'bad';
  return html`<details>
    <summary><span class="status ${kind}">${status}</span> ${inline(firstLine(description))}</summary>
    ${prose(description)}
    <p>
      Headers:
      ${Object.keys(headers).map((name, index) => [index === 0 ? '' : ', ', html`<code>${name}</code>`])}
    </p>
    ${bodies(content)}
  </details>`;
}

function firstLine(description: string): string {
  const [first = '', ...more] = description.split('\n\n');
  return more.length === 0 ? first : `${first} …`;
}

function bodies(content: ContentObject): readonly Html[] {
  return Object.entries(content).map(([mediaType, body]) => bodyOf(mediaType, body));
}

function bodyOf(mediaType: string, { schema, examples }: MediaTypeObject): Html {
  return html`<p><code>${mediaType}</code>${schema === undefined ? undefined : html`: ${typeOf(schema)}`}</p>
    ${Object.entries(examples).map(
      ([name, { value }]) =>
        html`<figure>
          <figcaption>${name}</figcaption>
          <pre><code>${exampleText(value)}</code></pre>
        </figure>`,
    )}`;
}

function exampleText(value: unknown): string {
  if (typeof value === 'string') return value;
  const line = JSON.stringify(value);
  return line.length <= LINE_CHARACTERS ? line : JSON.stringify(value, undefined, 2);
}
