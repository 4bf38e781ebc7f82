import * as z from 'zod';
import { loginAnswer } from './sessions.js';

/**
 * Says that a request wants its session to be taken from the cookie. No page of another origin can set it without asking
 * first, which this server never allows: OWASP's defence by a custom header. Its value is `1`.
 */
export const CONSOLE_HEADER = 'Gather-Console';

/** The answer of `POST /v1/sessions/cookie`: the token is in the cookie alone, which no script can read. */
export const cookieLoginAnswer = loginAnswer.omit({ token: true });
export type CookieLoginAnswer = z.infer<typeof cookieLoginAnswer>;

/** How accounts come about. */
export const ENROLLMENTS = ['open', 'invite', 'closed'] as const;

/** The answer of `GET /v1/console`: what has to be known before anybody has logged in. */
export const consoleFacts = z.object({
  version: z.string().describe('Of gatherd.'),
  enrollment: z
    .enum(ENROLLMENTS)
    .describe('Whether whoever registers gets in, needs an invite, or is refused.'),
  min_password_length: z.number().int().min(1).describe('Characters.'),
  is_chat_recorded: z.boolean(),
  now: z.iso.datetime().describe('By the clock of the server.'),
});
export type ConsoleFacts = z.infer<typeof consoleFacts>;

/** A setting in force. */
export const settingView = z.object({
  name: z.string().describe('The variable, GATHERD_PORT for example.'),
  value: z.string().describe('`(hidden)` or `(none)` where it is a secret.'),
  origin: z.string().describe('Where it came from: a default, the environment, a file or a flag.'),
  is_secret: z.boolean(),
  summary: z.string().describe('What it is about.'),
});
export type SettingView = z.infer<typeof settingView>;

/** Settings as text: a line each, with its value and where it came from. */
export function settingsText(settings: readonly SettingView[]): string {
  const width = Math.max(0, ...settings.map(({ name }) => name.length));
  return settings.map(({ name, value, origin }) => `${name.padEnd(width)}  ${value}  (${origin})\n`).join('');
}

/** The answer of `GET /v1/settings`. */
export const settingList = z.object({ settings: z.array(settingView) });
