// DNS in the cloud for ACME, whole: moto for Route 53, the fake of Cloudflare behind the proxy that leads to it, a name server that serves what they
// hold, and Pebble that asks it. The controller runs in a process of its own with the variables that a pod with these would have.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { soa, txt } from './dns-answers.ts';
import { type DnsQuestion, replyTo, startDnsServer } from './dns-server.ts';
import { type FakeCloudflare, startFakeCloudflare } from './dns01-fakes/cloudflare.ts';
import { startProxyTo } from './dns01-fakes/proxy.ts';
import { type Moto, startMoto } from './moto.ts';
import { type Pebble, startPebble } from './pebble.ts';

export interface AcmeClouds {
  readonly pebble: Pebble;
  readonly moto: Moto;
  readonly cloudflare: FakeCloudflare;
  /** Route 53's: zone → id. */
  readonly zoneIds: ReadonlyMap<string, string>;
  /** Where a TXT record of this name was seen when it was asked for: `Route 53 example.com`, `Cloudflare`. */
  seenAt(name: string): readonly string[];
  /** What is there now, in all of them. */
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
  const seen = new Map<string, Set<string>>();
  const proxy = await startProxyTo(cloudflare.server, ['api.cloudflare.com']);
  const folder = mkdtempSync(join(tmpdir(), 'certwright-clouds-'));
  const tokenFile = join(folder, 'token');
  writeFileSync(tokenFile, tokenOfServiceAccount());

  const inRoute53 = async (name: string) => {
    const found: { zone: string; values: readonly string[] }[] = [];
    for (const [zone, id] of zoneIds) {
      const sets = (await moto.recordSets(id)).filter(
        (set) => set.type === 'TXT' && (name === '' || set.name === `${name}.`),
      );
      for (const { values } of sets)
        found.push({ zone: `Route 53 ${zone}`, values: values.map((value) => value.replaceAll('"', '')) });
    }
    return found;
  };
  const inCloudflare = (name: string) =>
    cloudflare.records(name).map(({ content }) => ({ zone: 'Cloudflare', values: [content.replaceAll('"', '')] }));
  const answer = async (question: DnsQuestion): Promise<Buffer> => {
    const { name, type } = question;
    const zone = [...zones.route53, ...zones.cloudflare]
      .filter((each) => name === each || name.endsWith(`.${each}`))
      .toSorted((a, b) => b.length - a.length)[0];
    if (zone === undefined) return replyTo(question, { rcode: 3 });
    if (type === 'SOA' && name === zone) return replyTo(question, { answers: [soa(zone, 1, 1)] });
    const found = type === 'TXT' && !clouds.hidden ? [...(await inRoute53(name)), ...inCloudflare(name)] : [];
    for (const { zone: at } of found) seen.set(name, (seen.get(name) ?? new Set()).add(at));
    const answers = found.flatMap(({ values }) => values.map((value) => txt(name, value, 1)));
    const rcode = answers.length === 0 && name !== zone ? 3 : 0;
    return replyTo(question, { answers, rcode, authorities: answers.length === 0 ? [soa(zone, 1, 1)] : [] });
  };
  const dns = await startDnsServer(answer);
  const pebble = await startPebble({ dnsServer: dns.text });
  const clouds: AcmeClouds = {
    pebble,
    moto,
    cloudflare,
    zoneIds,
    seenAt: (name) => [...(seen.get(name) ?? [])].toSorted(),
    records: async () =>
      [...(await inRoute53('')), ...zones.cloudflare.flatMap((zone) => inCloudflare(`_acme-challenge.${zone}`))].map(
        ({ zone }) => zone,
      ),
    hidden: false,
    flags: [
      `--dns01-recursive-nameservers=${dns.text}`,
      '--dns01-recursive-nameservers-only',
      '--dns01-check-retry-period=1s',
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
