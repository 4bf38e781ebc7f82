import * as z from 'zod';
import {
  consoleFacts,
  settingList,
  settingView,
  type ConsoleFacts,
  type SettingView,
} from '../../../protocol/console.js';
import type { Answer, Operation } from '../openapi/operation.js';
import { json } from './answer-parts.js';

const TAG = 'Console';

const EXAMPLE_FACTS: ConsoleFacts = {
  version: '0.1.0',
  enrollment: 'invite',
  min_password_length: 6,
  is_chat_recorded: false,
  now: '2026-07-01T09:30:00.000Z',
};

const EXAMPLE_SETTING: SettingView = {
  name: 'GATHERD_PORT',
  value: '6174',
  origin: 'default',
  is_secret: false,
  summary: 'the port to listen on; 0 picks a free one',
};

const PAGE: Answer = {
  description: 'The page. Its policy allows nothing from elsewhere, and each answer has a nonce of its own.',
  content: [{ mediaType: 'text/html' }],
  headers: { 'Content-Security-Policy': 'What the page may load, and from where.' },
};

const FILE_TYPES = [
  ...['text/html', 'text/javascript', 'text/css', 'application/json', 'application/manifest+json'],
  ...['image/svg+xml', 'image/png', 'image/x-icon', 'font/woff2', 'text/plain'],
];

/** The console in the browser, and what only it asks for. */
export const CONSOLE_OPERATIONS: readonly Operation[] = [
  {
    method: 'GET',
    path: '/console',
    id: 'console',
    tag: TAG,
    summary: 'The console, for browsers',
    description: 'It is at `/console/`, with the slash.',
    access: 'public',
    answers: {
      200: PAGE,
      308: { description: 'Without the slash.', headers: { Location: '`/console/`' } },
    },
    refusals: ['request.not_found'],
    refusalForm: 'problem',
  },
  {
    method: 'GET',
    path: '/console/{path}',
    id: 'consoleFile',
    tag: TAG,
    summary: 'A file of the console, or its page',
    description:
      'Whatever is no file is the page, which knows by its address what to show; but nothing below `assets/`, and what ' +
      'has an ending only for who accepts `text/html`. Files below `assets/` never change and may be kept for good.',
    access: 'public',
    parameters: { path: z.object({ path: z.string().describe('May have slashes.') }) },
    answers: {
      200: {
        ...PAGE,
        description: 'The file, encoded in Brotli or gzip for who accepts that; or the page.',
        content: FILE_TYPES.map((mediaType) => ({ mediaType })),
        headers: { ETag: 'Of a file: changes with the content.' },
      },
      304: { description: 'The file is still what `If-None-Match` says.' },
    },
    refusals: ['request.not_found'],
    refusalForm: 'problem',
  },
  {
    method: 'GET',
    path: '/v1/console',
    id: 'consoleFacts',
    tag: TAG,
    summary: 'What has to be known before anybody has logged in',
    access: 'public',
    answers: {
      200: {
        description: 'It.',
        content: json('ConsoleFacts', consoleFacts, { invite: EXAMPLE_FACTS }),
      },
    },
    refusals: [],
    refusalForm: 'problem',
  },
  {
    method: 'GET',
    path: '/v1/settings',
    id: 'settings',
    tag: TAG,
    summary: 'The settings in force, without secrets',
    access: 'users:manage',
    answers: {
      200: {
        description: 'All of them, as `gatherd config` shows them.',
        content: json('SettingList', settingList, { port: { settings: [EXAMPLE_SETTING] } }, [
          { name: 'SettingView', type: settingView },
        ]),
      },
    },
    refusals: [],
    refusalForm: 'problem',
  },
];
