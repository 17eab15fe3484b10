// The addresses of a name, as the configured servers know them.
import { isIP } from 'node:net';
import { DnsError } from './dns-error.ts';
import { aliasesIn, type Lookup } from './lookup.ts';
import { recordTypes } from './message.ts';

const mostAliases = 16;
const mostAddresses = 32;

/** IPv4 first. An address is its own. Rejects with DnsError (`NXDOMAIN` where there is none), or with the signal's reason. */
export async function addressesOf(lookup: Lookup, name: string, signal: AbortSignal): Promise<readonly string[]> {
  const literal = name.replace(/\.$/, '');
  if (isIP(literal) !== 0) return [literal];
  const looked = await Promise.allSettled([ofType(lookup, name, 'A', signal), ofType(lookup, name, 'AAAA', signal)]);
  signal.throwIfAborted();
  const found = looked.flatMap((each) => (each.status === 'fulfilled' ? each.value : []));
  if (found.length > 0) return found;
  // One family that could not be asked for may be the one that has some.
  for (const each of looked) if (each.status === 'rejected') throw each.reason;
  throw new DnsError('NXDOMAIN', `DNS has no address for "${literal}"`);
}

async function ofType(
  lookup: Lookup,
  name: string,
  type: 'A' | 'AAAA',
  signal: AbortSignal,
): Promise<readonly string[]> {
  const chain: string[] = [];
  for (let next = name; chain.length <= mostAliases; ) {
    const { answers } = await lookup(next, type, signal);
    const aliases = aliasesIn(answers, next);
    const found = answers
      .filter((record) => record.type === recordTypes[type] && aliases.includes(record.name))
      .flatMap(({ data }) => (data.kind === 'address' ? [data.address] : []));
    const end = aliases.at(-1) ?? next;
    // A server that does not look further itself answers with the alias alone.
    if (found.length > 0 || end === next) return [...new Set(found)].slice(0, mostAddresses);
    if (chain.includes(end))
      throw new DnsError('LOOP', `Found recursive CNAME record to "${end}" when looking up "${name}"`);
    chain.push(...aliases);
    next = end;
  }
  throw new DnsError('LOOP', `Found more than ${mostAliases} CNAME records when looking up "${name}"`);
}
