import type { IncomingMessage } from 'node:http';
import { OTHER_ROUTE } from '../../observability/request-recorder.js';
import { requestPath } from '../request-path.js';
import type { Operation } from './operation.js';

/**
 * Makes the function that tells an operation's name, `GET /v1/producers/{id}` for example, from a request: one of as many as
 * there are operations, or {@link OTHER_ROUTE}. Paths are matched as Express does it: in any case, and with a slash at
 * the end too. HEAD is GET. `{path}` stands for any number of segments.
 */
export function createRouteOf(
  operations: readonly Pick<Operation, 'method' | 'path'>[],
): (request: Pick<IncomingMessage, 'method' | 'url'>) => string {
  const names = new Map(operations.map(({ method, path }) => [`${method} ${path}`, `${method} ${path}`]));
  const patterns = [...names.keys()]
    .filter((name) => name.includes('{'))
    .map((name) => ({ name, pattern: patternOf(name) }));

  return ({ method = '', url = '/' }) => {
    // As it is nearly always written.
    const asWritten = names.get(`${method} ${url}`);
    if (asWritten !== undefined) return asWritten;
    const name = `${method === 'HEAD' ? 'GET' : method} ${requestPath(url)}`;
    return names.get(name) ?? patterns.find(({ pattern }) => pattern.test(name))?.name ?? OTHER_ROUTE;
  };
}

function patternOf(name: string): RegExp {
  const pattern = name.replace(/\{(\w+)\}/g, (_placeholder, word) => (word === 'path' ? '.+' : '[^/]+'));
  return new RegExp(`^${pattern}$`);
}
