import { CHAT_TOPIC } from '../../../protocol/feed.js';
import type { FeedApi, FeedConnection } from '../../api/feed/feed-api.js';
import { GatherError } from '../../api/gather-error.js';
import { type CommandContext, openAccountsApi, openMessagesApi } from '../command-context.js';
import type { ExitName } from '../exit-codes.js';
import { openFollower, retryOf } from '../feed/open-follower.js';
import type { Paint } from '../output/colours.js';
import type { CommandResult } from '../output/output.js';
import { ChatRoom } from './chat-room.js';
import { ChatTerminal } from './chat-terminal.js';

const HISTORY_MESSAGES = 50;
const HISTORY_MS = 60 * 60 * 1000;

/** The chat on a terminal. Ends when its user leaves; rejects with a refusal that time does not mend. */
export async function terminalChat(context: CommandContext, paint: Paint): Promise<CommandResult> {
  const { io } = context;
  const signal = io.stopSignal();
  const left = new AbortController();
  const stop = AbortSignal.any([signal, left.signal]);
  const start = new ChatStart(context, stop);
  using access = await openFollower(context, stop, (feed, token, after) => start.connect(feed, token, after));
  const { follower, session, feed } = access;
  const room: ChatRoom = new ChatRoom({
    show: (lines) => {
      terminal.print(lines);
    },
    setStatus: (text) => {
      terminal.status = text;
    },
    leave: () => {
      left.abort();
    },
    say: { follower, retry: { ...retryOf(context), budgetMs: 0 }, stop, now: io.now, random: io.random },
    history: (seq) => session.withToken((token) => start.history(token, seq)),
    presence: () => session.withToken((token) => feed.presence(token)),
    paint,
  });
  using terminal = new ChatTerminal({
    input: io.stdin,
    output: io.stdout,
    onLine: (line) => {
      room.enter(line);
    },
    onLeave: () => {
      left.abort();
    },
    wordsFor: (word) => room.wordsFor(word),
    paint,
  });
  room.begin();
  try {
    for await (const batch of follower.follow()) await room.take(batch);
  } finally {
    await room.close();
  }
  return { text: '', fields: undefined, exit: exitAfter(signal, room.isAllSaid) };
}

function exitAfter(signal: AbortSignal, isAllSaid: boolean): ExitName {
  if (signal.reason === 'SIGTERM') return 'terminated';
  return isAllSaid ? 'done' : 'failed';
}

/** Where a chat begins: with what was said last, as far as its user may read that. */
class ChatStart {
  readonly #context: CommandContext;
  readonly #stop: AbortSignal;
  #mayQuery = false;

  constructor(context: CommandContext, stop: AbortSignal) {
    [this.#context, this.#stop] = [context, stop];
  }

  async connect(feed: FeedApi, token: string, after: string | undefined): Promise<FeedConnection> {
    const wanted = { topic: CHAT_TOPIC, presence: true };
    if (after !== undefined) return feed.connect(token, { ...wanted, after });
    this.#mayQuery = await this.#canReadAll(token);
    if (this.#mayQuery) return feed.connect(token, wanted);
    // Whoever may chat may read the chat, but by the feed only.
    const hourAgo = new Date(this.#context.io.now() - HISTORY_MS).toISOString();
    return feed.connect(token, { ...wanted, after: hourAgo });
  }

  /** The messages that were the last ones up to a record, the oldest first; none where they come over the feed. */
  async history(token: string, seq: number) {
    if (!this.#mayQuery) return [];
    using api = openMessagesApi(this.#context, { stop: this.#stop });
    const before = String(seq + 1);
    const filter = { topic: CHAT_TOPIC, before, limit: HISTORY_MESSAGES, order: 'newest' as const };
    return (await api.query(token, filter)).messages.reverse();
  }

  async #canReadAll(token: string): Promise<boolean> {
    using api = openAccountsApi(this.#context, { stop: this.#stop, retryForMs: 0 });
    try {
      return (await api.permissions(token)).mine.includes('messages:read');
    } catch (error) {
      if (error instanceof GatherError && error.kind === 'refused') return false;
      throw error;
    }
  }
}
