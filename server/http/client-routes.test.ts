import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import express, { type ErrorRequestHandler } from 'express';
import request from 'supertest';
import { expect, test } from 'vitest';
import { AppError } from '../errors/app-error.js';
import { temporaryDirectory } from '../tests/support/temporary-directory.js';
import { createClientRoutes } from './client-routes.js';

const mapError: ErrorRequestHandler = (error, _request, response, _next) => {
  response.status(error instanceof AppError ? error.kind.status : 500).end();
};

test('the client is not there before it is built, and then is read once for everybody', async () => {
  await using directory = await temporaryDirectory();
  const path = join(directory.path, 'gather.mjs');
  const agent = request(express().use(createClientRoutes(path)).use(mapError));
  expect((await agent.get('/gather.mjs')).status).toBe(404);

  await writeFile(path, 'export {};\n');
  const first = await agent.get('/gather.mjs');
  expect([first.status, first.headers['content-type'], first.text]).toEqual([
    200,
    'text/javascript; charset=utf-8',
    'export {};\n',
  ]);
  await rm(path);
  expect((await agent.get('/gather.mjs')).text).toBe('export {};\n');
  const known = await agent.get('/gather.mjs').set('If-None-Match', String(first.headers['etag']));
  expect([known.status, known.text]).toEqual([304, '']);
  expect((await agent.head('/gather.mjs')).status).toBe(200);
  expect((await agent.post('/gather.mjs')).status).toBe(405);
});
