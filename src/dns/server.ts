// Where a DNS server is: from what users write to an address. Asks nobody.
import { isIPv6 } from 'node:net';

export type Server =
  | { readonly kind: 'plain'; readonly host: string; readonly port: number; readonly text: string }
  /** DNS over HTTPS (RFC 8484). */
  | { readonly kind: 'https'; readonly url: string; readonly text: string };

const standardPort = 53;

/** From `host`, `host:port`, `[IPv6]`, `[IPv6]:port`, a bare IPv6 address or an `https://` URL. What makes no sense fails when it is asked. */
export function serverOf(text: string): Server {
  if (/^https:\/\//i.test(text)) return { kind: 'https', url: text, text };
  if (isIPv6(text)) return plainServer(text, standardPort);
  const [, bracketed, bare, port] = /^(?:\[([^\]]*)\]|([^:]*))(?::(\d+))?$/.exec(text) ?? [];
  return plainServer(bracketed ?? bare ?? text, port === undefined ? standardPort : Number(port));
}

export function plainServer(host: string, port: number): Server {
  return { kind: 'plain', host, port, text: hostAndPort(host, port) };
}

function hostAndPort(host: string, port: number): string {
  return `${isIPv6(host) ? `[${host}]` : host}:${port}`;
}
