import type { Logger } from '../observability/logger.js';

/** Somebody who has logged in over a connection, until it leaves. */
export interface Leaver {
  /** Ends the session. @throws AppError `database.…` */
  leave(): Promise<void>;
}

/** Ends the sessions of those whose connections are gone; a gateway that closes waits for it. */
export class Departures {
  readonly #gateway: string;
  readonly #logger: Logger;
  readonly #underWay = new Set<Promise<void>>();

  /** @param gateway - its name, for the log */
  constructor(gateway: string, logger: Logger) {
    this.#gateway = gateway;
    this.#logger = logger;
  }

  /** Ends a session; never rejects. */
  letGo(leaver: Leaver): Promise<void> {
    const departure = leaver.leave().catch((error: unknown) => {
      this.#logger.warn({ err: error, gateway: this.#gateway }, 'The end of a session could not be kept.');
    });
    this.#underWay.add(departure);
    return departure.finally(() => this.#underWay.delete(departure));
  }

  /** Resolves when all who have left so far are gone. */
  async settled(): Promise<void> {
    await Promise.all(this.#underWay);
  }
}
