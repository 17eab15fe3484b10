// A real ACME server, Pebble, with its challenge server as the DNS that it asks and, where wanted, as the site that it visits. In a temporary folder,
// on free ports, gone when the process is gone.
import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { isIP } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createHttpAccess, type Http, type HttpAccess } from '../../src/net/http.ts';
import { findPebble } from './binaries/pebble.ts';
import type { Say } from './binaries.ts';
import { createAuthority } from './control-plane/authority.ts';
import { startProcesses, untilReady } from './control-plane/processes.ts';
import { someFreePorts } from './free-ports.ts';

export interface PebbleOptions {
  /** Percent of good nonces that are rejected; 0 by default (Pebble's own: 5). */
  readonly nonceReject?: number;
  /** Percent of valid authorizations that are used again; 0 by default (Pebble's own: 50). */
  readonly authzReuse?: number;
  /** Longest sleep before a validation, in seconds; none by default (Pebble's own: 15). */
  readonly sleepTime?: number;
  /** Every challenge is taken for answered: nothing is looked at. */
  readonly alwaysValid?: boolean;
  /** Seconds of Retry-After while authorizations and orders are not done. */
  readonly retryAfter?: { readonly authz: number; readonly order: number };
  /** The DNS that Pebble asks, `host:port`; its own challenge server by default. */
  readonly dnsServer?: string;
  /** Key id → MAC key (base64url). Accounts without one are refused then. */
  readonly eab?: Readonly<Record<string, string>>;
  /** The port that HTTP-01 is looked for at; the challenge server's by default. */
  readonly httpPort?: number;
  /** Profile name → seconds that its certificates live. */
  readonly profiles?: Readonly<Record<string, number>>;
  readonly blocked?: readonly string[];
  /** Further roots, each with a chain of its own. */
  readonly alternateRoots?: number;
  /** Intermediates of a chain; 1 by default. */
  readonly chainLength?: number;
  readonly strict?: boolean;
  /** `127.0.0.1` by default. */
  readonly address?: string;
  /** A free one by default; fixed where it has to come back under the same URL. */
  readonly port?: number;
  /** More names or addresses of its API's certificate. */
  readonly names?: readonly string[];
  readonly say?: Say;
}

export interface ChallengeServer {
  /** `address:port` of its DNS. */
  readonly dns: string;
  readonly httpPort: number;
  /** Any call of its management interface, e.g. `post('set-txt', { host: '_acme-challenge.a.example.', value: 'x' })`. */
  post(path: string, body: object): Promise<string>;
  setTxt(fqdn: string, value: string): Promise<void>;
  clearTxt(fqdn: string): Promise<void>;
  addHttp01(token: string, content: string): Promise<void>;
}

export interface Pebble {
  readonly directoryUrl: string;
  /** Whoever trusts this trusts the API. */
  readonly apiCaPem: string;
  readonly httpPort: number;
  readonly challenges: ChallengeServer;
  /** The log so far. */
  log(): string;
  /** The root of the chain with this number; 0 is the default's. */
  rootPem(index?: number): Promise<string>;
  intermediatePem(index?: number): Promise<string>;
  /** What it says from now on of when to renew this certificate, instead of its own opinion (RFC 9773). */
  setRenewalWindow(certificatePem: string, start: Date, end: Date): Promise<void>;
  /** Kills it and starts it again under the same URL, having forgotten everything. */
  restart(): Promise<void>;
  /** Kills it; `restart` brings it back. */
  halt(): Promise<void>;
  stop(): Promise<void>;
}

const sayOnStderr: Say = (line) => void process.stderr.write(`${line}\n`);

export async function startPebble(options: PebbleOptions = {}): Promise<Pebble> {
  const programs = await findPebble(options.say ?? sayOnStderr);
  const address = options.address ?? '127.0.0.1';
  const folder = mkdtempSync(join(tmpdir(), 'certwright-pebble-'));
  const processes = startProcesses(folder, false);
  const ports = await someFreePorts(6);
  const [freePort = 0, managementPort = 0, dnsPort = 0, siteHttp = 0, oob = 0, tls = 0] = ports;
  const port = options.port ?? freePort;
  const httpPort = options.httpPort ?? siteHttp;
  const apiCaPem = await writeFiles(folder, options, { address, port, management: managementPort, httpPort, tls });
  const http = createHttpAccess({ userAgent: 'test' });
  const site = processes.start('challtestsrv', programs['pebble-challtestsrv'], [
    ...['-management', `127.0.0.1:${oob}`, '-dnsserver', `${address}:${dnsPort}`, '-http01', `${address}:${siteHttp}`],
    ...['-https01', '', '-tlsalpn01', '', '-doh', '', '-defaultIPv6', ''],
  ]);
  const dns = `${address}:${dnsPort}`;
  const challenges = challengeServer(http, oob, dns, siteHttp);
  const directoryUrl = `https://${address}:${port}/dir`;
  const api = http.open({ caPem: apiCaPem });
  const start = () => {
    const running = processes.start('pebble', '/usr/bin/env', [
      ...environmentOf(options),
      programs.pebble,
      ...['-config', join(folder, 'config.json'), '-dnsserver', options.dnsServer ?? dns],
      ...(options.strict === true ? ['-strict'] : []),
    ]);
    return { running, ready: untilReady(running, () => answers(api, directoryUrl)) };
  };
  let pebble = start();
  const manage = management(api, `https://${address}:${managementPort}`);
  const halt = () => processes.stop(pebble.running, 0);
  try {
    await untilReady(site, () =>
      challenges.post('clear-request-history', {}).then(
        () => true,
        () => true,
      ),
    );
    await pebble.ready;
  } catch (error) {
    await processes.stopAll();
    throw error;
  }
  return {
    directoryUrl,
    apiCaPem,
    httpPort,
    challenges,
    log: () => readFileSync(pebble.running.log, 'utf8'),
    rootPem: (index = 0) => manage(`roots/${index}`),
    intermediatePem: (index = 0) => manage(`intermediates/${index}`),
    setRenewalWindow: (certificatePem, start, end) => setRenewalWindow(manage, certificatePem, start, end),
    halt,
    restart: async () => {
      await halt();
      pebble = start();
      await pebble.ready;
    },
    stop: async () => {
      http.close();
      await processes.stopAll();
    },
  };
}

type Manage = (path: string, document?: object) => Promise<string>;

/** The interface that Pebble has for tests. */
function management(api: Http, base: string): Manage {
  return async (path, document) => {
    const url = `${base}/${path}`;
    const request = document === undefined ? { method: 'GET' } : { method: 'POST', body: JSON.stringify(document) };
    const { status, body } = await api({ ...request, url }, AbortSignal.timeout(10_000));
    if (status !== 200) throw new Error(`${url}: ${status}`);
    return body.toString();
  };
}

async function setRenewalWindow(manage: Manage, certificatePem: string, start: Date, end: Date): Promise<void> {
  const answer = JSON.stringify({ suggestedWindow: { start, end } });
  await manage('set-renewal-info/', { Certificate: certificatePem, ARIResponse: answer });
}

/** Certificate and configuration; answers the CA of the certificate. */
async function writeFiles(folder: string, options: PebbleOptions, listening: Listening): Promise<string> {
  const authority = await createAuthority();
  const names = ['localhost', listening.address, ...(options.names ?? [])];
  const leaf = await authority.issue({ commonName: 'pebble', names: names.map(subjectName) });
  writeFileSync(join(folder, 'cert.pem'), leaf.cert);
  writeFileSync(join(folder, 'key.pem'), leaf.key, { mode: 0o600 });
  writeFileSync(join(folder, 'config.json'), configuration(options, listening));
  return authority.cert;
}

const subjectName = (value: string) => ({ type: isIP(value) === 0 ? ('dns' as const) : ('ip' as const), value });

interface Listening {
  readonly address: string;
  readonly port: number;
  readonly management: number;
  readonly httpPort: number;
  readonly tls: number;
}

function configuration(options: PebbleOptions, { address, port, management, httpPort, tls }: Listening): string {
  const { eab, retryAfter = { authz: 1, order: 1 } } = options;
  const profiles = Object.entries(options.profiles ?? { default: 90 * 86_400 }).map(
    ([name, validityPeriod]) => [name, { description: `the profile ${name}`, validityPeriod }] as const,
  );
  const pebble = {
    listenAddress: `${address}:${port}`,
    managementListenAddress: `${address}:${management}`,
    certificate: 'cert.pem',
    privateKey: 'key.pem',
    httpPort,
    tlsPort: tls,
    ocspResponderURL: '',
    externalAccountBindingRequired: eab !== undefined,
    externalAccountMACKeys: eab ?? {},
    domainBlocklist: options.blocked ?? [],
    retryAfter,
    profiles: Object.fromEntries(profiles),
    keyAlgorithm: 'ecdsa',
  };
  return JSON.stringify({ pebble });
}

function environmentOf(options: PebbleOptions): readonly string[] {
  const { nonceReject = 0, authzReuse = 0, sleepTime, alwaysValid, alternateRoots = 0, chainLength = 1 } = options;
  return [
    `PEBBLE_WFE_NONCEREJECT=${nonceReject}`,
    `PEBBLE_AUTHZREUSE=${authzReuse}`,
    ...(sleepTime === undefined ? ['PEBBLE_VA_NOSLEEP=1'] : [`PEBBLE_VA_SLEEPTIME=${sleepTime}`]),
    ...(alwaysValid === true ? ['PEBBLE_VA_ALWAYS_VALID=1'] : []),
    `PEBBLE_ALTERNATE_ROOTS=${alternateRoots}`,
    `PEBBLE_CHAIN_LENGTH=${chainLength}`,
  ];
}

async function answers(api: Http, url: string): Promise<boolean> {
  try {
    return (await api({ method: 'GET', url, timeoutMs: 1_000 }, AbortSignal.timeout(2_000))).status === 200;
  } catch {
    return false;
  }
}

function challengeServer(http: HttpAccess, port: number, dns: string, httpPort: number): ChallengeServer {
  const open = http.open({ proxied: false });
  const post = async (path: string, body: object): Promise<string> => {
    const request = { method: 'POST', url: `http://127.0.0.1:${port}/${path}`, body: JSON.stringify(body) };
    const answer = await open(request, AbortSignal.timeout(10_000));
    if (answer.status !== 200) throw new Error(`${path}: ${answer.status} ${answer.body.toString()}`);
    return answer.body.toString();
  };
  return {
    dns,
    httpPort,
    post,
    setTxt: async (fqdn, value) => void (await post('set-txt', { host: fqdn, value })),
    clearTxt: async (fqdn) => void (await post('clear-txt', { host: fqdn })),
    addHttp01: async (token, content) => void (await post('add-http01', { token, content })),
  };
}
