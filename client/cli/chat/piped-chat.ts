import { CHAT_TOPIC } from '../../../protocol/feed.js';
import { CliError, toCliError, usageError } from '../cli-error.js';
import type { CommandContext } from '../command-context.js';
import { ConnectionNews } from '../feed/connection-news.js';
import type { FeedFollower, FollowedEvent } from '../feed/feed-follower.js';
import { openFollower, retryOf } from '../feed/open-follower.js';
import type { Paint } from '../output/colours.js';
import type { CommandResult } from '../output/output.js';
import { readerGone } from '../output/reader-gone.js';
import { writeAll } from '../output/write-all.js';
import { chatLines } from './chat-lines.js';
import { inputLines } from './input-lines.js';
import { type FeedMessage, OwnMessages } from './own-messages.js';
import { say } from './say.js';

export interface PipedChatOptions {
  /** Whether it goes on printing when its input has ended. */
  readonly keepsFollowing: boolean;
  readonly paint: Paint;
}

/**
 * The chat without a terminal: each line of standard input is said, and what others say is printed. Ends when the input
 * has ended and all of it is acknowledged.
 */
export async function pipedChat(context: CommandContext, options: PipedChatOptions): Promise<CommandResult> {
  const { io, flags } = context;
  if (flags.passwordFile === '-')
    throw usageError('Standard input is what is said: the password cannot come from it');
  const signal = io.stopSignal();
  using gone = readerGone(io.stdout);
  const over = new AbortController();
  const stop = AbortSignal.any([signal, gone.signal, over.signal]);
  using access = await openFollower(context, stop, (feed, token, after) =>
    feed.connect(token, { topic: CHAT_TOPIC, after }),
  );
  const { follower } = access;
  const own = new OwnMessages();
  const sending = sayLines(context, follower, own, stop)
    .then(() => {
      if (!options.keepsFollowing) over.abort();
    })
    .catch((error: unknown) => {
      over.abort();
      throw error;
    });
  // It is heard of below, also where the printing fails first.
  sending.catch(() => undefined);
  try {
    await printOthers(context, follower, own, options);
    if (!options.keepsFollowing) await unlessStopped(sending, AbortSignal.any([signal, gone.signal]));
  } finally {
    // What waits for more input has nobody to send it any more.
    io.stdin.destroy();
  }
  return { text: '', fields: undefined, exit: signal.reason === 'SIGTERM' ? 'terminated' : 'done' };
}

async function unlessStopped(sending: Promise<void>, stop: AbortSignal): Promise<void> {
  try {
    await Promise.race([sending, aborted(stop)]);
  } catch (error) {
    if (!stop.aborted || (error instanceof CliError && error.kind === 'unknown_outcome')) throw error;
  }
}

function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    signal.addEventListener('abort', () => {
      resolve();
    });
  });
}

async function sayLines(
  context: CommandContext,
  follower: FeedFollower,
  own: OwnMessages,
  stop: AbortSignal,
): Promise<void> {
  const { now, random, stdin } = context.io;
  const retry = { ...retryOf(context), budgetMs: context.settings.retryForMs };
  await follower.ready();
  let sent = 0;
  for await (const line of inputLines(stdin)) {
    try {
      own.isAcknowledged(await say(line, { follower, retry, stop, now, random }));
      sent += 1;
    } catch (error) {
      throw notSaid(error, sent);
    }
  }
}

function notSaid(error: unknown, sent: number): CliError {
  const { exit, kind, message } = toCliError(error);
  const line = sent + 1;
  const isInDoubt = kind === 'unknown_outcome';
  const doubt = isInDoubt ? `, line ${String(line)} may or may not be` : '';
  const text = `${message}. ${countOf(sent)} said${doubt}, none after that`;
  const fields = { sent, ...(isInDoubt ? { inDoubt: { firstLine: line, lastLine: line } } : {}) };
  return new CliError(exit, kind, text, { fields, cause: error });
}

function countOf(sent: number): string {
  return sent === 1 ? '1 line was' : `${String(sent)} lines were`;
}

async function printOthers(
  { io, output }: CommandContext,
  follower: FeedFollower,
  own: OwnMessages,
  { paint }: PipedChatOptions,
): Promise<void> {
  const news = new ConnectionNews(output);
  const linesOf = output.isJson ? jsonLines : (record: FeedMessage) => chatLines(record, paint);
  for await (const batch of follower.follow()) {
    for (const event of batch) news.tell(event);
    const lines = batch.flatMap((event) => messagesOf(event, own)).flatMap(linesOf);
    await writeAll(io.stdout, lines.map((line) => `${line}\n`).join(''));
  }
}

function jsonLines(record: FeedMessage): string[] {
  return [JSON.stringify('seq' in record ? record : { ...record, recorded: false })];
}
