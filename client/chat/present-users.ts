import type { Connection } from '../../protocol/feed.js';

/** Somebody who is there. */
export interface PresentUser {
  readonly name: string;
  /** One or more. */
  readonly connections: readonly Connection[];
}

/** Who is there, kept up to date by what the feed tells. */
export class PresentUsers {
  #connections = new Map<string, Connection>();
  // How many connections each has who is there.
  #counts = new Map<string, number>();
  // How often the list was asked for.
  #asked = 0;
  // Who has come or left since the list was asked for: the answer may not know of it.
  readonly #joined = new Set<string>();
  readonly #left = new Set<string>();

  /** All connections, those first who were there first. */
  get connections(): readonly Connection[] {
    return [...this.#connections.values()];
  }

  /** The names of all, each once. */
  get names(): readonly string[] {
    return [...new Set(this.connections.map(({ user }) => user))];
  }

  /** All of them, each with their connections. */
  get users(): readonly PresentUser[] {
    const users = new Map<string, Connection[]>();
    for (const each of this.#connections.values()) {
      const connections = users.get(each.user);
      if (connections === undefined) users.set(each.user, [each]);
      else connections.push(each);
    }
    return [...users].map(([name, connections]) => ({ name, connections }));
  }

  /** Whether somebody of this name is there. */
  has(user: string): boolean {
    return this.#counts.has(user);
  }

  /**
   * Asks for the list of all, and takes it: unless it is asked for once more meanwhile, as after a new connection, for of two
   * answers the older one may come last. Rejects as asking does.
   */
  async refresh(list: () => Promise<readonly Connection[]>): Promise<void> {
    this.#joined.clear();
    this.#left.clear();
    this.#asked += 1;
    const asked = this.#asked;
    const connections = await list();
    if (asked === this.#asked) this.#replace(connections);
  }

  #replace(connections: readonly Connection[]): void {
    const joined = this.connections.filter(({ id }) => this.#joined.has(id));
    const here = [...connections, ...joined].filter(({ id }) => !this.#left.has(id));
    this.#connections = new Map();
    this.#counts = new Map();
    for (const each of here) this.#add(each);
  }

  join(connection: Connection): void {
    this.#joined.add(connection.id);
    this.#add(connection);
  }

  leave({ id }: Connection): void {
    this.#left.add(id);
    this.#remove(id);
  }

  #add(connection: Connection): void {
    const { id, user } = connection;
    if (!this.#connections.has(id)) this.#counts.set(user, (this.#counts.get(user) ?? 0) + 1);
    this.#connections.set(id, connection);
  }

  #remove(id: string): void {
    const user = this.#connections.get(id)?.user;
    if (user === undefined) return;
    this.#connections.delete(id);
    const count = (this.#counts.get(user) ?? 0) - 1;
    if (count > 0) this.#counts.set(user, count);
    else this.#counts.delete(user);
  }
}
