// The connections of a server, and whose turn it is: we wait for a client (its handshake, its request), or the client for us. When there are
// too many, or they hold too much memory, the client that has kept us waiting longest goes; whoever waits for us never does.
import type { Socket } from 'node:net';
import type { Log } from '../base/log.ts';

export interface ConnectionLimits {
  readonly connections: number;
  readonly allBodyBytes: number;
}

/** One request's time on its connection. */
export interface Turn {
  /** That many more bytes of its body are in memory. May cut off others, or this very connection. */
  hold(bytes: number): void;
  /** The request is here as a whole: the client waits for us now. */
  begin(): void;
  /** It was answered, or its connection is gone. Its bytes are counted no longer. Can be called again. */
  end(): void;
}

interface Connection {
  readonly socket: Socket;
  /** Requests that wait for our answer. */
  waiting: number;
  bytes: number;
}

const sayAgainMs = 10_000;

export class Connections {
  readonly #limits: ConnectionLimits;
  readonly #log: Log;
  /** Those that have kept us waiting longest first. */
  readonly #open = new Map<string, Connection>();
  #bytes = 0;
  #cutOff = 0;
  #saidAtMs = Number.NEGATIVE_INFINITY;

  constructor(limits: ConnectionLimits, log: Log) {
    this.#limits = limits;
    this.#log = log;
  }

  get open(): number {
    return this.#open.size;
  }

  /** Of all bodies that are in memory. */
  get bytes(): number {
    return this.#bytes;
  }

  /** For a socket as it was accepted, before TLS. */
  add(socket: Socket): void {
    const key = peerOf(socket);
    const connection: Connection = { socket, waiting: 0, bytes: 0 };
    this.#open.set(key, connection);
    socket.once('close', () => this.#forget(key, connection));
    if (this.#open.size > this.#limits.connections) this.#makeRoom('too many connections', () => true);
  }

  /** For a request on the socket, which may be the TLS socket around the one that was added. */
  turnOf(socket: Socket): Turn {
    const key = peerOf(socket);
    const connection = this.#open.get(key) ?? { socket, waiting: 0, bytes: 0 };
    let [held, isWaiting] = [0, false];
    const isOpen = (): boolean => this.#open.get(key) === connection;
    return {
      hold: (bytes) => {
        if (!isOpen()) return;
        held += bytes;
        connection.bytes += bytes;
        this.#bytes += bytes;
        const { allBodyBytes } = this.#limits;
        while (this.#bytes > allBodyBytes && this.#makeRoom('too much to receive', (each) => each.bytes > 0));
      },
      begin: () => {
        isWaiting = true;
        connection.waiting++;
      },
      end: () => {
        if (isWaiting) connection.waiting--;
        isWaiting = false;
        if (!isOpen()) return;
        connection.bytes -= held;
        this.#bytes -= held;
        held = 0;
        // From now on it is the client who keeps us waiting.
        this.#open.delete(key);
        this.#open.set(key, connection);
      },
    };
  }

  /** Ends the connections whose clients keep us waiting; `all`: all of them. */
  cutOff(all: boolean): void {
    for (const [key, connection] of this.#open) {
      if (connection.waiting > 0 && !all) continue;
      this.#forget(key, connection);
      connection.socket.destroy();
    }
  }

  #forget(key: string, connection: Connection): void {
    if (this.#open.get(key) !== connection) return;
    this.#open.delete(key);
    this.#bytes -= connection.bytes;
  }

  /** Cuts one off; false where there is nobody to cut off. */
  #makeRoom(why: string, isWanted: (connection: Connection) => boolean): boolean {
    for (const [key, connection] of this.#open) {
      if (connection.waiting > 0 || !isWanted(connection)) continue;
      const { remoteAddress } = connection.socket;
      this.#forget(key, connection);
      connection.socket.destroy();
      this.#say(why, remoteAddress);
      return true;
    }
    return false;
  }

  /** A flood of connections makes no flood of lines. */
  #say(why: string, remoteAddress: string | undefined): void {
    this.#cutOff++;
    const now = performance.now();
    if (now - this.#saidAtMs < sayAgainMs) return;
    this.#saidAtMs = now;
    this.#log.warn({ why, remoteAddress, cutOff: this.#cutOff }, 'clients that keep the server waiting are cut off');
  }
}

/** The same for a socket and for the TLS socket around it. */
function peerOf({ remoteAddress, remotePort, localAddress }: Socket): string {
  return `${remoteAddress} ${remotePort} ${localAddress}`;
}
