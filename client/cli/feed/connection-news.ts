import type { Output } from '../output/output.js';
import type { FollowedEvent } from '../../api/feed/feed-follower.js';

/** Says on standard error how the connection to the feed is: each loss once, and what was lost with it. */
export class ConnectionNews {
  readonly #output: Output;
  #isLost = false;

  constructor(output: Output) {
    this.#output = output;
  }

  /** Takes an event; says what there is to say of it. */
  tell(event: FollowedEvent): void {
    if (event.type === 'lost') this.#lost(event);
    else if (event.type === 'hello') this.#connected();
    else if (event.type === 'rewound') this.#output.warn(warningOf(event));
    else if (event.type === 'gap') {
      const { after, before } = event;
      this.#output.warn(warningOf(event), { after, before });
    }
  }

  #lost({ error }: Extract<FollowedEvent, { type: 'lost' }>): void {
    if (!this.#isLost) this.#output.notice(`${error.message}. Trying again`);
    this.#isLost = true;
  }

  #connected(): void {
    if (this.#isLost) this.#output.notice('Connected again');
    this.#isLost = false;
  }
}

/** What a gap, or another dump, means to whoever reads. */
export function warningOf(event: Extract<FollowedEvent, { type: 'gap' | 'rewound' }>): string {
  if (event.type === 'rewound') {
    return `The server has fewer records than were seen here, up to ${String(event.seq)}: it goes on behind that`;
  }
  const { after, before } = event;
  if (after >= before)
    return `The number ${String(after)} has not been given yet: this may be another dump, and what comes has other numbers`;
  return `What was between the records ${String(after)} and ${String(before)} is not to be had any more`;
}
