import type { OperationObject } from '../openapi/openapi-types.js';

/** Stands for the host and port that the examples are sent to; no host has this name. */
const HOST_MARK = 'host.invalid';

/** Where a server listens that nobody has told otherwise. */
const DEFAULT_HOST = '127.0.0.1:6174';

/** Has the command lines in a text sent to a host; to the usual one where it is none that can stand between quotes. */
export function commandsTo(host: string, text: string): string {
  const shown = /^[\w.:[\]-]+$/.test(host) ? host : DEFAULT_HOST;
  return text.replaceAll(HOST_MARK, () => shown);
}

/**
 * A command line that tries an operation out, with the first example of its first kind of body; {@link commandsTo} puts in whom it
 * is sent to.
 */
export function curlOf(method: string, path: string, operation: OperationObject, isSecure: boolean): string {
  const parts = [isSecure ? 'curl --cacert ca.crt' : 'curl', ...headersOf(operation)];
  const [body] = Object.entries(operation.requestBody?.content ?? {});
  if (body !== undefined) {
    const [mediaType, { examples }] = body;
    parts.push(
      `-H 'Content-Type: ${mediaType}'`,
      `-d ${quoted(JSON.stringify(Object.values(examples)[0]?.value))}`,
    );
  } else if (method !== 'get') parts.push(`-X ${method.toUpperCase()}`);
  const at = path.replace(/\{(\w+)\}/g, (_, name: string) => name.toUpperCase());
  return [...parts, quoted(`${isSecure ? 'https' : 'http'}://${HOST_MARK}${at}`)].join(' ');
}

// The token, where one is required everywhere, and what can have one value only.
function headersOf({ security, parameters = [] }: OperationObject): string[] {
  const fixed = parameters.flatMap(({ name, in: place, schema }) =>
    place === 'header' && typeof schema.const === 'string'
      ? [`-H ${quoted(`${name}: ${schema.const}`)}`]
      : [],
  );
  if (security === undefined || goesWithout(security)) return fixed;
  return [`-H "Authorization: Bearer $TOKEN"`, ...fixed];
}

/** Whether what is required is not required everywhere: an empty requirement says so. */
export function goesWithout(security: NonNullable<OperationObject['security']>): boolean {
  return security.some((requirement) => Object.keys(requirement).length === 0);
}

// For a POSIX shell.
function quoted(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`;
}
