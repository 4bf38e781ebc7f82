import type { AnswerParts } from './requests/server-answer.js';

/** A request of `/v1`. */
export interface PlainRequest {
  readonly method: 'get' | 'post' | 'patch' | 'delete';
  /** With its query, below the base URL. */
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: Uint8Array;
  /** The longest answer that is read, in bytes. */
  readonly maxAnswerBytes?: number;
  /** Whether it may be sent again when nobody knows what became of it. */
  readonly isRepeatable: boolean;
}

/** A success: its headers, and its text, which is empty where the answer has no body (204). */
export interface PlainAnswer {
  readonly headers: AnswerParts['headers'];
  readonly text: string;
}

/** The way to one server: Node's, or a browser's. Dispose of it to close its connections. */
export interface RequestPort extends Disposable {
  /** The base URL, as it stands in the texts. */
  readonly server: string;
  /**
   * Sends a request of `/v1`, again as long as that is safe and there is time for it.
   *
   * @throws GatherError where the answer is no success, or none came.
   */
  request(request: PlainRequest): Promise<PlainAnswer>;
}
