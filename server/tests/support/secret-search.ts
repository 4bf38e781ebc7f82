/** Shorter ones stand in many a text by chance. */
const SHORTEST = 8;

interface Sight {
  readonly where: string;
  readonly content: Buffer;
  readonly shown: readonly string[];
}

/** All secrets that a test uses, and all that it sees of a program: it finds the ones in the other. */
export class SecretSearch {
  readonly #secrets = new Map<string, readonly Buffer[]>();
  readonly #sights: Sight[] = [];

  /** Takes note of a secret, as text or as bytes, and answers it. @param name - what it is, for whoever reads a failure */
  use<Secret extends string | Buffer>(name: string, secret: Secret): Secret {
    const bytes = Buffer.from(secret);
    if (bytes.length < SHORTEST) throw new Error(`${name} is too short to be looked for`);
    const texts = [
      ...(['base64', 'base64url', 'hex'] as const).map((encoding) => bytes.toString(encoding)),
      bytes.toString('hex').toUpperCase(),
      encodeURIComponent(bytes.toString()),
    ];
    this.#secrets.set(name, [bytes, ...texts.map((text) => Buffer.from(text.replace(/=+$/, '')))]);
    return secret;
  }

  /** Takes note of what was seen. @param shown - the names of the secrets that it is there to show */
  see(where: string, content: string | Buffer, shown: readonly string[] = []): void {
    this.#sights.push({ where, content: Buffer.from(content), shown });
  }

  /** Where which secrets are that should not be there. */
  leaks(): string[] {
    return this.#sights.flatMap(({ where, content, shown }) =>
      [...this.#secrets]
        .filter(([name, forms]) => !shown.includes(name) && forms.some((form) => content.includes(form)))
        .map(([name]) => `${name} is in ${where}`),
    );
  }
}
