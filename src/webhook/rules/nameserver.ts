// The address of a name server as the RFC 2136 provider takes it: a host, or a host and a port, split as Go's net.SplitHostPort does.

const hostAndPort = /^(?:\[([^[\]]*)\]|([^:[\]]*)):[^:[\]]*$/;
/** Nothing but a host: no colon, or all colons within brackets. What stands behind the brackets is not looked at. */
const hostOnly = /^[^:]*$|^\[[^\]]*\](?:[^:]|$)/;

/** Whether `text` is `host`, `host:port`, `[v6]` or `[v6]:port`. Neither host nor port is looked at, but that there is a host. */
export function isNameserver(text: string): boolean {
  const address = text.trim();
  const parts = hostAndPort.exec(address);
  if (parts === null) return hostOnly.test(address) && /[^[\]]/.test(address);
  const [, inBrackets, plain = ''] = parts;
  return (inBrackets ?? plain) !== '';
}
