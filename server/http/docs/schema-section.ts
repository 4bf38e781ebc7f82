import type { JsonSchema } from '../openapi/openapi-types.js';
import { html, inline, prose, type Html, type HtmlValue } from './html.js';

/** A schema of the document's components, under a heading that its name links to. */
export function schemaSection(name: string, schema: JsonSchema): Html {
  const alternatives = schema.anyOf ?? schema.oneOf ?? [];
  return html`<section id="schema-${name}" class="schema">
    <h3>${name}</h3>
    ${schema.description === undefined ? undefined : prose(schema.description)}
    ${schema.properties === undefined ? undefined : propertyTable(schema)}
    ${alternatives.length === 0 ? undefined : html`<p>${typeOf(schema)}</p>`}
  </section>`;
}

function propertyTable({ properties = {}, required = [], additionalProperties }: JsonSchema): Html {
  return html`<table>
      <thead>
        <tr>
          <th>field</th>
          <th>type</th>
          <th>what it is</th>
        </tr>
      </thead>
      <tbody>
        ${Object.entries(properties).map(([name, schema]) => row(name, schema, required.includes(name)))}
      </tbody>
    </table>
    ${additionalProperties === false ? html`<p>Other keys are refused.</p>` : undefined}`;
}

function row(name: string, schema: JsonSchema, isRequired: boolean): Html {
  return html`<tr>
      <td><code>${name}</code>${isRequired ? html` <span class="required">required</span>` : undefined}</td>
      <td>${typeOf(schema)}</td>
      <td>${inline(schema.description ?? '')}</td>
    </tr>
    ${Object.entries(schema.properties ?? {}).map(([inner, each]) =>
      row(`${name}.${inner}`, each, schema.required?.includes(inner) ?? false),
    )}`;
}

/** A schema in a few words; one that has a name of its own is a link to it. */
export function typeOf(schema: JsonSchema): Html {
  if (schema.$ref !== undefined) return linkTo(schema.$ref);
  if (schema.const !== undefined) return html`<code>${JSON.stringify(schema.const)}</code>`;
  if (schema.enum !== undefined)
    return anyOf(schema.enum.map((value) => html`<code>${JSON.stringify(value)}</code>`));
  const alternatives = schema.anyOf ?? schema.oneOf ?? [];
  if (alternatives.length > 0) return anyOf(alternatives.map(typeOf));
  if (schema.allOf?.[0] !== undefined) return typeOf(schema.allOf[0]);
  if (schema.items !== undefined) return html`array of ${typeOf(schema.items)}`;
  return html`${schema.type ?? 'any JSON'}${detailsOf(schema)}`;
}

function linkTo(reference: string): Html {
  const name = reference.slice(reference.lastIndexOf('/') + 1);
  return html`<a href="#schema-${name}">${name}</a>`;
}

function anyOf(parts: readonly Html[]): Html {
  return html`${parts.map((part, index) => [index === 0 ? '' : ' or ', part])}`;
}

function detailsOf({ format, pattern, minimum, maximum, default: fallback }: JsonSchema): HtmlValue {
  const details: HtmlValue[] = [];
  if (format !== undefined) details.push(format);
  if (pattern !== undefined && format === undefined) details.push(html`<code>${pattern}</code>`);
  if (minimum !== undefined)
    details.push(
      maximum === undefined ? `from ${String(minimum)}` : `${String(minimum)} to ${String(maximum)}`,
    );
  if (fallback !== undefined) details.push(html`default <code>${JSON.stringify(fallback)}</code>`);
  return details.map((detail) => [', ', detail]);
}
