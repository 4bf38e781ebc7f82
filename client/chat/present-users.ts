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
    return this.connections.some((each) => each.user === user);
  }

  /** A list is being asked for. */
  ask(): void {
    this.#joined.clear();
    this.#left.clear();
  }

  /** Takes the list that was asked for. */
  replace(connections: readonly Connection[]): void {
    const joined = this.connections.filter(({ id }) => this.#joined.has(id));
    const here = [...connections, ...joined].filter(({ id }) => !this.#left.has(id));
    this.#connections = new Map(here.map((each) => [each.id, each]));
  }

  join(connection: Connection): void {
    this.#joined.add(connection.id);
    this.#connections.set(connection.id, connection);
  }

  leave({ id }: Connection): void {
    this.#left.add(id);
    this.#connections.delete(id);
  }
}
