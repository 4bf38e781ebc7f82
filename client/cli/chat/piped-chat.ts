import { CHAT_TOPIC, type FeedMessage } from '../../../protocol/feed.js';
import { CliError, toCliError, usageError } from '../cli-error.js';
import type { CommandContext } from '../command-context.js';
import { ConnectionNews } from '../feed/connection-news.js';
import type { FeedFollower, FollowedEvent } from '../../api/feed/feed-follower.js';
import type { ExitName } from '../exit-codes.js';
import { openFollower } from '../feed/open-follower.js';
import type { Paint } from '../output/colours.js';
import type { CommandResult } from '../output/output.js';
import { messageJson } from '../output/message-json.js';
import { readerGone } from '../output/reader-gone.js';
import { writeAll } from '../output/write-all.js';
import { RETRY_PAUSES } from '../../api/retry-policy.js';
import { chatLines } from './chat-lines.js';
import { type InputLine, inputLines } from './input-lines.js';
import { OwnMessages } from './own-messages.js';
import { say, type SayOptions } from './say.js';

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
  const stop = AbortSignal.any([signal, over.signal]);
  using access = await openFollower(context, stop, (feed, token, after) =>
    feed.connect(token, { topic: CHAT_TOPIC, after }),
  );
  const chat = new PipedChat(context, options, access.follower, stop);
  const end = (): void => {
    over.abort();
  };
  const saying = chat.sayAll().then(() => {
    // Whoever only listens, and to nobody's use, has no more to do.
    if (!options.keepsFollowing || gone.signal.aborted) end();
    else gone.signal.addEventListener('abort', end);
  });
  // Of somebody who types there is nothing left to wait for.
  if (options.keepsFollowing && io.stdin.isTTY === true) gone.signal.addEventListener('abort', end);
  saying.catch(end);
  let failure: unknown;
  try {
    await chat.printAll();
  } catch (error) {
    failure = error;
  }
  // Where it waits for more input, there is nobody to send that any more.
  io.stdin.destroy();
  const [said] = await Promise.allSettled([saying]);
  failure = worst(failure, said.status === 'rejected' ? said.reason : undefined, signal);
  if (failure !== undefined) throw toCliError(failure);
  return { text: '', fields: undefined, exit: exitAfter(signal, said.status === 'fulfilled') };
}

function exitAfter({ aborted, reason }: AbortSignal, isAllSaid: boolean): ExitName {
  if (reason === 'SIGTERM') return 'terminated';
  return aborted && !isAllSaid ? 'interrupted' : 'done';
}

// What is in doubt has to be told whatever else went wrong.
function worst(following: unknown, saying: unknown, signal: AbortSignal): unknown {
  if (saying instanceof CliError && saying.kind === 'unknown_outcome') return saying;
  if (following !== undefined) return following;
  return signal.aborted ? undefined : saying;
}

class PipedChat {
  readonly #context: CommandContext;
  readonly #options: PipedChatOptions;
  readonly #follower: FeedFollower;
  readonly #stop: AbortSignal;
  readonly #own = new OwnMessages();

  constructor(context: CommandContext, options: PipedChatOptions, follower: FeedFollower, stop: AbortSignal) {
    [this.#context, this.#options, this.#follower, this.#stop] = [context, options, follower, stop];
  }

  /** Says each line of the input. Rejects with a CliError where one is not said, and where the input breaks off. */
  async sayAll(): Promise<void> {
    const { io, settings } = this.#context;
    const retry = { ...RETRY_PAUSES, budgetMs: settings.retryForMs };
    const sayOptions = { follower: this.#follower, retry, stop: this.#stop, now: io.now, random: io.random };
    await this.#follower.ready();
    let sent = 0;
    let line: InputLine | undefined;
    try {
      for await (line of inputLines(io.stdin)) {
        await this.#sayOne(line, sayOptions);
        sent += 1;
        line = undefined;
      }
    } catch (error) {
      throw notSaid(error, sent, line);
    }
  }

  async #sayOne({ text }: InputLine, options: SayOptions): Promise<void> {
    this.#own.begin(text);
    try {
      const seq = await say(text, options);
      if (this.#context.output.isJson)
        await this.#write([JSON.stringify({ type: 'said', seq, message: text })]);
      await this.#print(this.#own.acknowledged(seq));
    } catch (error) {
      await this.#print(this.#own.failed());
      throw error;
    }
  }

  /** Prints what others say, until it is stopped. */
  async printAll(): Promise<void> {
    const news = new ConnectionNews(this.#context.output);
    for await (const batch of this.#follower.follow()) {
      for (const event of batch) news.tell(event);
      await this.#print(batch.flatMap((event) => this.#messagesOf(event)));
    }
  }

  #messagesOf(event: FollowedEvent): readonly FeedMessage[] {
    if (event.type === 'hello') this.#own.connected(event.connection.user);
    if (event.type !== 'record' && event.type !== 'unrecorded') return [];
    return this.#own.isOthers(event.record) ? [event.record] : [];
  }

  #print(messages: readonly FeedMessage[]): Promise<void> {
    const { output } = this.#context;
    return this.#write(
      messages.flatMap((message) =>
        output.isJson ? [messageJson(message)] : chatLines(message, this.#options.paint),
      ),
    );
  }

  #write(lines: readonly string[]): Promise<void> {
    return writeAll(this.#context.io.stdout, lines.map((line) => `${line}\n`).join(''));
  }
}

// `line` is the one that was under way.
function notSaid(error: unknown, sent: number, line: InputLine | undefined): CliError {
  const { exit, kind, message, fields: known } = toCliError(error);
  const inDoubt = kind === 'unknown_outcome' ? line?.number : undefined;
  const doubt = inDoubt === undefined ? '' : `, line ${String(inDoubt)} may or may not be`;
  const text = `${message}. ${countOf(sent)} said${doubt}, none after that`;
  const range = inDoubt === undefined ? {} : { inDoubt: { firstLine: inDoubt, lastLine: inDoubt } };
  const fields = { ...known, sent, ...range };
  return new CliError(exit, kind, text, { fields, cause: error });
}

function countOf(sent: number): string {
  return sent === 1 ? '1 line was' : `${String(sent)} lines were`;
}
