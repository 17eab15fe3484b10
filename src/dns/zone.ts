// From a name to the zone that holds it, and to the servers of that zone; from an alias to what it stands for.
import { DnsError } from './dns-error.ts';
import { cnameOf, type Lookup } from './lookup.ts';
import { recordTypes } from './message.ts';
import { namesUpwards } from './name.ts';

const mostAliases = 16;
const mostNameServers = 16;

/**
 * The apex: the first name from `fqdn` upwards that has a SOA record of its own. A name with a CNAME record has none (RFC 2181 section 10.1).
 * Rejects with DnsError or the signal's reason.
 */
export async function findZone(lookup: Lookup, fqdn: string, servers: string, signal: AbortSignal): Promise<string> {
  for (const name of namesUpwards(fqdn)) {
    const { answers } = await lookup(name, 'SOA', signal);
    if (answers.some((record) => record.type === recordTypes.SOA && record.name === name)) return name;
  }
  throw new DnsError(
    'NO_ZONE',
    `Could not find the SOA record in the DNS tree for the domain '${fqdn}' using nameservers [${servers}]`,
  );
}

/** The end of the chain that begins at `fqdn`. Rejects with DnsError or the signal's reason. */
export async function followCnames(lookup: Lookup, fqdn: string, signal: AbortSignal): Promise<string> {
  const chain = [fqdn];
  for (;;) {
    const name = chain.at(-1) ?? fqdn;
    const target = cnameOf((await lookup(name, 'CNAME', signal)).answers, name);
    if (target === undefined) return name;
    if (chain.includes(target)) {
      throw new DnsError('LOOP', `Found recursive CNAME record to "${target}" when looking up "${name}"`);
    }
    chain.push(target);
    if (chain.length > mostAliases) {
      throw new DnsError('LOOP', `Found more than ${mostAliases} CNAME records when looking up "${fqdn}"`);
    }
  }
}

/** The names of the zone's servers, in the order of their names. Rejects with DnsError or the signal's reason. */
export async function nameServersOf(lookup: Lookup, zone: string, signal: AbortSignal): Promise<readonly string[]> {
  const { answers } = await lookup(zone, 'NS', signal);
  const own = answers.filter((record) => record.type === recordTypes.NS && record.name === zone);
  const names = own.flatMap(({ data }) => (data.kind === 'name' ? [data.name] : []));
  if (names.length === 0) throw new DnsError('NO_ZONE', `Could not determine authoritative nameservers for "${zone}"`);
  return [...new Set(names)].sort().slice(0, mostNameServers);
}
