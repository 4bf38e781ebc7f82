import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { Router, type Request, type Response } from 'express';
import { NEXT_HEADER, storedMessagesQuery } from '../../protocol/stored-messages.js';
import type { QueryService, StoredPage } from '../features/messages/query-service.js';
import { answerInTurn } from './answer-in-turn.js';
import type { CallerOf } from './callers/request-callers.js';
import { parseQuery } from './bodies/parse-fields.js';
import { Turns } from '../net/turns.js';
import { refuseOtherMethods } from './request-guards.js';

const JSON_TYPE = 'application/json';
const NDJSON_TYPE = 'application/x-ndjson';
const PAGES_AT_ONCE = 4;
const CHUNK_CHARACTERS = 64 * 1024;

/** `GET /v1/messages`: a page of stored messages, as JSON or, where the client prefers it, as NDJSON. */
export function createQueryRoutes(queries: QueryService, callerOf: CallerOf): Router {
  const turns = new Turns(PAGES_AT_ONCE);
  const router = Router();
  router.get('/v1/messages', async (request, response) => {
    const caller = callerOf(request);
    const query = parseQuery(storedMessagesQuery, request.query);
    await answerInTurn(turns, caller.session.userId, request, response, async () => {
      sendPage(request, response, await queries.page(caller, query));
    });
  });
  router.all('/v1/messages', refuseOtherMethods('GET, POST'));
  return router;
}

function sendPage(request: Request, response: Response, page: StoredPage): void {
  const isNdjson = request.accepts([JSON_TYPE, NDJSON_TYPE]) === NDJSON_TYPE;
  response.set({ 'Cache-Control': 'no-store', Vary: 'Accept' }).type(isNdjson ? NDJSON_TYPE : JSON_TYPE);
  if (isNdjson && page.next !== undefined) response.set(NEXT_HEADER, page.next);
  const parts = isNdjson ? ndjsonParts(page) : jsonParts(page);
  // What fails here is the connection: there is nobody left to be told.
  void pipeline(Readable.from(inChunks(parts)), response).catch(() => undefined);
}

function* ndjsonParts({ records }: StoredPage) {
  for (const record of records) yield `${record}\n`;
}

function* jsonParts({ records, next }: StoredPage) {
  yield '{"messages":[';
  for (const [index, record] of records.entries()) yield index === 0 ? record : `,${record}`;
  yield `],"next":${JSON.stringify(next ?? null)}}`;
}

function* inChunks(parts: Iterable<string>) {
  let chunk = '';
  for (const part of parts) {
    chunk += part;
    if (chunk.length < CHUNK_CHARACTERS) continue;
    yield Buffer.from(chunk);
    chunk = '';
  }
  if (chunk !== '') yield Buffer.from(chunk);
}
