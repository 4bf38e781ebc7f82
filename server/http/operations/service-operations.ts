import { health, readiness } from '../../../protocol/health.js';
import type { Operation } from '../openapi/operation.js';

const text = (mediaType: string) => [{ mediaType }];

const READINESS = { name: 'Readiness', type: readiness };

/** What is neither an account nor a message: health, metrics, the client, this description. */
export const SERVICE_OPERATIONS: readonly Operation[] = [
  {
    method: 'GET',
    path: '/healthz',
    id: 'health',
    tag: 'Service',
    summary: 'Whether the process answers',
    access: 'public',
    answers: {
      200: {
        description: 'It does.',
        content: [
          {
            mediaType: 'application/json',
            schema: { name: 'Health', type: health },
            examples: { alive: { status: 'ok' } },
          },
        ],
      },
    },
    refusals: [],
    refusalForm: 'problem',
  },
  {
    method: 'GET',
    path: '/readyz',
    id: 'readiness',
    tag: 'Service',
    summary: 'Whether messages and logins can be stored now',
    access: 'public',
    answers: {
      200: {
        description: 'They can.',
        content: [
          {
            mediaType: 'application/json',
            schema: READINESS,
            examples: { ready: { status: 'ready', checks: { dump: true, database: true } } },
          },
        ],
      },
      503: {
        description: 'They cannot; `checks` says which of them.',
        content: [
          {
            mediaType: 'application/json',
            schema: READINESS,
            examples: { full: { status: 'not ready', checks: { dump: false, database: true } } },
          },
        ],
      },
    },
    refusals: [],
    refusalForm: 'problem',
  },
  {
    method: 'GET',
    path: '/metrics',
    id: 'metrics',
    tag: 'Service',
    summary: 'Counters and gauges for Prometheus',
    description:
      'With `GATHERD_METRICS_TOKEN` set: for whoever sends that token. Without it: for connections from this machine ' +
      'alone that no proxy has passed on.',
    access: 'metrics',
    answers: {
      200: { description: "Prometheus' text format.", content: text('text/plain') },
    },
    refusals: [],
    refusalForm: 'problem',
  },
  {
    method: 'GET',
    path: '/gather.mjs',
    id: 'client',
    tag: 'Service',
    summary: 'The client as one file, which runs with nothing but Node',
    access: 'public',
    answers: {
      200: {
        description: 'The client.',
        content: text('text/javascript'),
        headers: { ETag: 'Changes with the content.' },
      },
      304: { description: 'It is still what `If-None-Match` says.' },
    },
    refusals: ['request.not_found'],
    refusalForm: 'problem',
  },
  {
    method: 'GET',
    path: '/openapi.json',
    id: 'openapi',
    tag: 'Service',
    summary: 'This description',
    access: 'public',
    answers: {
      200: {
        description: 'An OpenAPI 3.1 document.',
        content: text('application/json'),
        headers: { ETag: 'Changes with the content.' },
      },
      304: { description: 'It is still what `If-None-Match` says.' },
    },
    refusals: [],
    refusalForm: 'problem',
  },
  {
    method: 'GET',
    path: '/docs',
    id: 'docs',
    tag: 'Service',
    summary: 'This description, as a page to be read',
    access: 'public',
    answers: {
      200: {
        description: 'One page without scripts and without anything from elsewhere.',
        content: text('text/html'),
        headers: { ETag: 'Changes with the content.' },
      },
      304: { description: 'It is still what `If-None-Match` says.' },
    },
    refusals: [],
    refusalForm: 'problem',
  },
];
