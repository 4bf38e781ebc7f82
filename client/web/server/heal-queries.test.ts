import { QueryClient, QueryObserver } from '@tanstack/react-query';
import { afterEach, expect, test } from 'vitest';
import { accountOf } from '../../tests/support/account-answers.js';
import type { SessionState } from '../session/session-store.js';
import { healQueries } from './heal-queries.js';
import { Store } from './store.js';

/** Pages that read, and a server that answers when the test says so. */
class Pages {
  readonly queries = new QueryClient({ defaultOptions: { queries: { retry: false, gcTime: Infinity } } });
  readonly isConnected = new Store(true);
  readonly state = new Store<SessionState>(stateOf('d'));
  /** What each reading waits for, in turn. */
  readonly open: { readonly name: string; readonly end: (error?: Error) => void }[] = [];
  readonly #reads: string[] = [];
  loads = 0;

  constructor() {
    healQueries(this.queries, {
      connection: this,
      session: {
        state: this.state,
        load: () => {
          this.loads += 1;
          return Promise.resolve();
        },
      },
    });
    // As it was found.
    this.state.set(stateOf('d'));
  }

  /** What was read, in turn. */
  get reads(): readonly string[] {
    return [...this.#reads];
  }

  /** A page that shows what it reads. */
  show(name: string): void {
    const queryFn = () => {
      this.#reads.push(name);
      return new Promise<string>((resolve, reject) => {
        const end = (error?: Error) => {
          if (error === undefined) resolve(name);
          else reject(error);
        };
        this.open.push({ name, end });
      });
    };
    new QueryObserver(this.queries, { queryKey: [name], queryFn }).subscribe(() => undefined);
  }

  /** Ends the oldest reading of a page. */
  async end(name: string, error?: Error): Promise<void> {
    const at = this.open.findIndex((reading) => reading.name === name);
    this.open.splice(at, 1)[0]?.end(error);
    const isOver = () => this.open.some((each) => each.name === name) || this.status(name) !== 'pending';
    await expect.poll(isOver, { interval: 1 }).toBe(true);
  }

  status(name: string): string | undefined {
    return this.queries.getQueryState([name])?.status;
  }

  /** The server is away, and back. */
  reconnect(): void {
    this.isConnected.set(false);
    this.isConnected.set(true);
  }
}

function stateOf(id: string, hasEnded = false): SessionState {
  const member = { account: accountOf({ id }), permissions: [] };
  return { kind: 'in', member, hasEnded, needsPassword: false };
}

let pages = new Pages();
afterEach(() => {
  pages.queries.clear();
  pages = new Pages();
});

test('reads again what failed, and nothing else', async () => {
  pages.show('employees');
  pages.show('facts');
  await pages.end('employees');
  await pages.end('facts', new Error('No answer'));
  pages.reconnect();
  await expect.poll(() => pages.reads).toEqual(['employees', 'facts', 'facts']);
  await pages.end('facts');
  pages.reconnect();
  expect(pages.reads).toEqual(['employees', 'facts', 'facts']);
});

test('does so too when somebody has logged in again', async () => {
  pages.show('employees');
  pages.show('facts');
  await pages.end('employees');
  await pages.end('facts', new Error('No more'));
  pages.state.set(stateOf('d', true));
  expect(pages.reads).toHaveLength(2);
  pages.state.set(stateOf('d'));
  await expect.poll(() => pages.reads).toEqual(['employees', 'facts', 'facts']);
});

test('reads again once what was on its way then, and fails after all', async () => {
  pages.show('facts');
  pages.reconnect();
  expect(pages.reads).toEqual(['facts']);
  await pages.end('facts', new Error('No answer'));
  await expect.poll(() => pages.reads).toEqual(['facts', 'facts']);
  await pages.end('facts', new Error('No answer'));
  await expect.poll(() => pages.status('facts')).toBe('error');
  expect(pages.reads).toEqual(['facts', 'facts']);
});

test('asks who is there where that is not known yet', () => {
  pages.reconnect();
  expect(pages.loads).toBe(0);
  pages.state.set({ kind: 'unknown' });
  pages.reconnect();
  expect(pages.loads).toBe(1);
});

test.each([
  ['somebody else is there', stateOf('m')],
  ['nobody is there', { kind: 'out' } as const],
])('forgets what was read where %s', async (_what, state) => {
  pages.show('employees');
  await pages.end('employees');
  pages.state.set(stateOf('d'));
  expect(pages.queries.getQueryData(['employees'])).toBe('employees');
  pages.state.set(state);
  expect(pages.queries.getQueryData(['employees'])).toBeUndefined();
});

test('forgets nothing where somebody has another name', async () => {
  pages.show('employees');
  await pages.end('employees');
  const member = { account: accountOf({ id: 'd', username: 'other' }), permissions: [] };
  pages.state.set({ kind: 'in', member, hasEnded: false, needsPassword: false });
  expect(pages.queries.getQueryData(['employees'])).toBe('employees');
  expect(pages.reads).toEqual(['employees']);
});
