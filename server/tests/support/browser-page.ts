import request from 'supertest';
import { CONSOLE_HEADER } from '../../../protocol/console.js';

/** What is asked by a page, or by somebody who says what a page does not. */
export interface PageAsked {
  readonly body?: object | string;
  /** In place of those that a page of this server sends; undefined leaves one out. */
  readonly headers?: Readonly<Record<string, string | undefined>>;
}

/** What was answered. */
export interface PageAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Readonly<Record<string, unknown>>;
  readonly text: string;
  /** The lines of `Set-Cookie`. */
  readonly cookies: readonly string[];
}

/** A jar: as a browser's, it belongs to a host with all its ports. Who has the same jar has the same cookies. */
export type CookieJar = Map<string, string>;

/** A page of the console in a browser, as far as its requests go. */
export class BrowserPage {
  readonly url: string;
  readonly jar: CookieJar;

  constructor(url: string, jar: CookieJar = new Map()) {
    this.url = url;
    this.jar = jar;
  }

  /** What the header `Cookie` says. */
  get cookies(): string {
    return [...this.jar].map(([name, value]) => `${name}=${value}`).join('; ');
  }

  /** Asks, as `fetch` of a page of this server does: says that it is the console's, and whose page it is. */
  async ask(method: string, path: string, { body, headers = {} }: PageAsked = {}): Promise<PageAnswer> {
    const asked = request(this.url)[method.toLowerCase() as 'get'](path);
    const all: Readonly<Record<string, string | undefined>> = {
      [CONSOLE_HEADER]: '1',
      'Sec-Fetch-Site': 'same-origin',
      ...(method === 'GET' ? {} : { Origin: this.url }),
      ...(this.jar.size === 0 ? {} : { Cookie: this.cookies }),
      ...headers,
    };
    for (const [name, value] of Object.entries(all)) if (value !== undefined) void asked.set(name, value);
    const answer = await asked.send(body);
    const cookies = setCookiesOf(answer.headers);
    cookies.forEach((line) => {
      this.#keep(line);
    });
    return {
      ...{ status: answer.status, text: answer.text, cookies },
      ...{ headers: answer.headers, body: answer.body as PageAnswer['body'] },
    };
  }

  /** Logs in. */
  login(username: string, password: string, headers: PageAsked['headers'] = {}): Promise<PageAnswer> {
    return this.ask('POST', '/v1/sessions/cookie', { body: { username, password }, headers });
  }

  #keep(line: string): void {
    const [, name = '', value = ''] = /^([^=]+)=([^;]*)/.exec(line) ?? [];
    if (value === '') this.jar.delete(name);
    else this.jar.set(name, value);
  }
}

function setCookiesOf({ 'set-cookie': lines }: Readonly<Record<string, unknown>>): string[] {
  return lines === undefined ? [] : (lines as string[]);
}
