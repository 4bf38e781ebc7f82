/** A server whose certificate is not the one that it should have. Its message goes on after the server's address. */
export class UntrustedServer extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'UntrustedServer';
  }
}
