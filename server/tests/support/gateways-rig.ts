import { pino } from 'pino';
import { Request } from 'zeromq';
import { openGateways, type OpenGateways } from '../../gateways/open-gateways.js';
import { createAddressLimiter } from '../../http/address-limiter.js';
import { gatewaySettings } from './gateway-settings.js';
import { RawConnection } from './raw-connection.js';
import { ServicesRig } from './services-rig.js';
import { PATIENCE_MS } from './patience.js';

/** A reply of contract 2. */
export type Reply = Readonly<Record<string, unknown>>;

const FREE = { host: '127.0.0.1', port: 0 };

/** Both gateways on the services of a data directory of their own. */
export class GatewaysRig implements AsyncDisposable {
  readonly rig: ServicesRig;
  readonly log: string[] = [];
  readonly #tries: number;
  readonly #sockets: Request[] = [];
  #open: OpenGateways | undefined;

  private constructor(rig: ServicesRig, tries: number) {
    this.rig = rig;
    this.#tries = tries;
  }

  /**
   * @param env - settings as an operator writes them
   * @param tries - of passwords a minute from one address; 0 is off
   */
  static async open(env: Readonly<Record<string, string>> = {}, tries = 0): Promise<GatewaysRig> {
    const gateways = new GatewaysRig(await ServicesRig.open(env), tries);
    await gateways.#listen();
    return gateways;
  }

  /** Closes services and gateways, and opens them again on the same data. */
  async reopen(env: Readonly<Record<string, string>> = {}): Promise<void> {
    await this.#open?.[Symbol.asyncDispose]();
    await this.rig.reopen(env);
    await this.#listen();
  }

  /** Where a gateway listens. */
  address(name: 'zmq' | 'credentials'): string {
    return this.#open?.gateways.find((gateway) => gateway.name === name)?.address ?? '';
  }

  /** A REQ socket of the users service. */
  connect(): Request {
    const socket = new Request({ linger: 0, receiveTimeout: PATIENCE_MS });
    this.#sockets.push(socket);
    socket.connect(this.address('zmq'));
    return socket;
  }

  /** Asks the users service something, over a socket of its own. */
  async ask(request: unknown, socket = this.connect()): Promise<Reply> {
    await socket.send(typeof request === 'string' ? request : JSON.stringify(request));
    const [reply] = await socket.receive();
    return JSON.parse(String(reply)) as Reply;
  }

  /** Asks the credentials service something: lines, each with its end. */
  async say(...lines: string[]): Promise<string> {
    using connection = await RawConnection.open(this.address('credentials'));
    await connection.send(lines.map((line) => `${line}\n`).join(''));
    return await connection.reply;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const socket of this.#sockets) socket.close();
    await this.#open?.[Symbol.asyncDispose]();
    await this.rig[Symbol.asyncDispose]();
  }

  async #listen(): Promise<void> {
    const logger = pino({ level: 'info' }, { write: (line: string) => this.log.push(line) });
    this.#open = await openGateways(gatewaySettings({ zmq: FREE, credentials: FREE }), {
      services: this.rig.services,
      // Neither of these doors knows of them.
      ...{ feed: {} as never, chat: {} as never, paces: {} as never },
      countTry: createAddressLimiter(this.#tries),
      clock: this.rig.clock.now,
      logger,
    });
  }
}
