// What a DNS01 provider is given in tests: Secrets from memory, everything else unavailable unless a test hands it in.
import { createHttpAccess } from '../../src/net/http.ts';
import type { Dns01Io, SecretData, TxtRecord } from '../../src/solvers/dns01.ts';

export type Secrets = Readonly<Record<string, SecretData>>;

/** `{ name: { key: 'text' } }` as Secrets hold it. */
export function secretsOf(texts: Readonly<Record<string, Readonly<Record<string, string>>>>): Secrets {
  const data = (values: Readonly<Record<string, string>>) =>
    Object.fromEntries(Object.entries(values).map(([key, text]) => [key, Buffer.from(text)]));
  return Object.fromEntries(Object.entries(texts).map(([name, values]) => [name, data(values)]));
}

export function dns01TestIo({
  secrets = {},
  ...given
}: Partial<Dns01Io> & { readonly secrets?: Secrets } = {}): Dns01Io {
  return {
    async secret(name, parse) {
      const data = secrets[name];
      return data === undefined ? undefined : parse(data);
    },
    serviceAccountToken: () => Promise.reject(new Error('no service account tokens in this test')),
    postToCluster: () => Promise.reject(new Error('no cluster in this test')),
    http: createHttpAccess({ userAgent: 'test' }),
    now: () => new Date(),
    ambient: false,
    environment: {},
    readFile: (path) => Promise.reject(new Error(`no file ${path} in this test`)),
    signal: new AbortController().signal,
    ...given,
  };
}

export function aTxtRecord(change: Partial<TxtRecord> = {}): TxtRecord {
  return {
    zone: 'example.com.',
    fqdn: '_acme-challenge.www.example.com.',
    value: 'fRJ-qzCYrJKAP4-tVC1bZ4_gqwHyFVDzbwPNbsrYNBk',
    dnsName: 'www.example.com',
    challengeUid: '11111111-2222-3333-4444-555555555555',
    resourceNamespace: 'certs',
    ...change,
  };
}
