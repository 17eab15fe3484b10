// Listen addresses as Go programs take them: host:port, :port, [IPv6]:port.

export interface ListenAddress {
  /** Undefined: all addresses. */
  readonly host: string | undefined;
  readonly port: number;
}

/** Undefined for text that is no listen address. */
export function parseListenAddress(text: string): ListenAddress | undefined {
  const match = /^(?:\[([0-9a-fA-F:.%]+)\]|([^:[\]\s]*)):(\d{1,5})$/.exec(text);
  if (match === null) return undefined;
  const host = match[1] ?? match[2] ?? '';
  const port = Number(match[3]);
  return port > 65535 ? undefined : { host: host === '' ? undefined : host, port };
}

export function isListenAddress(text: string): boolean {
  return parseListenAddress(text) !== undefined;
}
