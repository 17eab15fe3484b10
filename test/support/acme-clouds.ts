// DNS in the cloud for ACME, whole: moto for Route 53, the fake of Cloudflare behind the proxy that leads to it, a name server that serves what they
// hold, and Pebble that asks it. The controller runs in a process of its own with the variables that a pod with these would have.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { a, soa, txt } from './dns-answers.ts';
import { type DnsQuestion, replyTo, startDnsServer } from './dns-server.ts';
import { type FakeCloudflare, startFakeCloudflare } from './dns01-fakes/cloudflare.ts';
import { startProxyTo } from './dns01-fakes/proxy.ts';
import { type Moto, startMoto } from './moto.ts';
import { type Pebble, startPebble } from './pebble.ts';

export interface AcmeClouds {
  readonly pebble: Pebble;
  readonly cloudflare: FakeCloudflare;
  /** Route 53's: zone → id. */
  readonly zoneIds: ReadonlyMap<string, string>;
  /** Where a TXT record of this name was seen when it was asked for: `Route 53 example.com`, `Cloudflare`. */
  seenAt(name: string): readonly string[];
  /** Where those that were ever seen still are. */
  records(): Promise<readonly string[]>;
  /** TXT records are answered with NXDOMAIN while this is true. */
  hidden: boolean;
  /** Flags and variables for the controller. */
  readonly flags: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  stop(): Promise<void>;
}

export interface Zones {
  readonly route53: readonly string[];
  readonly cloudflare: readonly string[];
}

const tokenOfServiceAccount = (): string => {
  const part = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url');
  return `${part({ alg: 'RS256' })}.${part({ iss: 'https://cluster.example', aud: 'sts.amazonaws.com', sub: 'cert-manager' })}.c2ln`;
};

export async function startAcmeClouds(zones: Zones): Promise<AcmeClouds> {
  const [moto, cloudflare] = await Promise.all([startMoto(), startFakeCloudflare()]);
  for (const name of zones.cloudflare) cloudflare.addZone(name);
  const zoneIds = new Map<string, string>();
  for (const name of zones.route53) zoneIds.set(name, await moto.createZone(`${name}.`));
  const proxy = await startProxyTo(cloudflare.server, ['api.cloudflare.com']);
  const folder = mkdtempSync(join(tmpdir(), 'certwright-clouds-'));
  const tokenFile = join(folder, 'token');
  writeFileSync(tokenFile, tokenOfServiceAccount());
  const lookUp = async (name: string) => [...(await inRoute53(moto, zoneIds, name)), ...inCloudflare(cloudflare, name)];
  const seen = new Map<string, Set<string>>();
  const dns = await startDnsServer((question) =>
    answer(question, [...zones.route53, ...zones.cloudflare], async (name) => {
      const found = clouds.hidden ? [] : await lookUp(name);
      for (const { at } of found) seen.set(name, (seen.get(name) ?? new Set()).add(at));
      return found.flatMap(({ values }) => values);
    }),
  );
  const pebble = await startPebble({ dnsServer: dns.text });
  const clouds: AcmeClouds = {
    pebble,
    cloudflare,
    zoneIds,
    seenAt: (name) => [...(seen.get(name) ?? [])].toSorted(),
    records: async () => (await Promise.all([...seen.keys()].map(lookUp))).flat().map(({ at }) => at),
    hidden: false,
    flags: [
      `--dns01-recursive-nameservers=${dns.text}`,
      '--dns01-recursive-nameservers-only',
      '--dns01-check-retry-period=1s',
      `--acme-http01-solver-nameservers=${dns.text}`,
      '--issuer-ambient-credentials',
    ],
    env: {
      ...proxy.env,
      NO_PROXY: '127.0.0.1',
      AWS_ENDPOINT_URL: moto.url,
      AWS_REGION: 'us-east-1',
      AWS_ROLE_ARN: moto.role,
      AWS_WEB_IDENTITY_TOKEN_FILE: tokenFile,
    },
    stop: async () => {
      await Promise.all([pebble.stop(), moto.stop(), cloudflare.server.stop(), dns.stop(), proxy.stop()]);
      rmSync(folder, { recursive: true, force: true });
    },
  };
  return clouds;
}

/** TXT records and where they are. */
interface Found {
  readonly at: string;
  readonly values: readonly string[];
}

const unquoted = (value: string) => value.replaceAll('"', '');

async function inRoute53(moto: Moto, zoneIds: ReadonlyMap<string, string>, name: string): Promise<readonly Found[]> {
  const found: Found[] = [];
  for (const [zone, id] of zoneIds) {
    for (const set of await moto.recordSets(id)) {
      if (set.type === 'TXT' && set.name === `${name}.`)
        found.push({ at: `Route 53 ${zone}`, values: set.values.map(unquoted) });
    }
  }
  return found;
}

function inCloudflare(cloudflare: FakeCloudflare, name: string): readonly Found[] {
  return cloudflare.records(name).map(({ content }) => ({ at: 'Cloudflare', values: [unquoted(content)] }));
}

/** As the name servers of these zones would; every name has an address. */
async function answer(
  question: DnsQuestion,
  zones: readonly string[],
  textsOf: (name: string) => Promise<readonly string[]>,
): Promise<Buffer> {
  const { name, type } = question;
  const [zone] = zones
    .filter((each) => name === each || name.endsWith(`.${each}`))
    .toSorted((one, other) => other.length - one.length);
  if (zone === undefined) return replyTo(question, { rcode: 3 });
  if (type === 'SOA' && name === zone) return replyTo(question, { answers: [soa(zone, 1, 1)] });
  if (type === 'A') return replyTo(question, { answers: [a(name, '127.0.0.1')] });
  const texts = type === 'TXT' ? await textsOf(name) : [];
  if (texts.length > 0) return replyTo(question, { answers: texts.map((text) => txt(name, text, 1)) });
  return replyTo(question, { rcode: name === zone ? 0 : 3, authorities: [soa(zone, 1, 1)] });
}
