// Downloads ready-made programs: the envtest archive of kubernetes-sigs/controller-tools and official programs of Kubernetes, each
// checked against its published hash. Gives up quickly where a server cannot be reached.
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { chmodSync, createWriteStream, mkdirSync, readdirSync, renameSync, rmSync } from 'node:fs';
import { basename, join } from 'node:path';
import { Readable, Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { ReadableStream } from 'node:stream/web';
import { parse } from 'yaml';
import type { Say } from '../binaries.ts';

const envtestIndex = 'https://raw.githubusercontent.com/kubernetes-sigs/controller-tools/HEAD/envtest-releases.yaml';
const officialPrograms = 'https://dl.k8s.io/release';
const officialHelm = 'https://get.helm.sh';
const answerTimeoutMs = 5_000;
const stallTimeoutMs = 30_000;
const sayEveryMs = 5_000;
/** Older ones do not stream lists through watches, which certwright's store is tested with. */
const oldestMinor = 34;

interface Release {
  readonly version: string;
  readonly url: string;
  readonly sha512: string;
}

/** Puts etcd, kube-apiserver and kubectl into `into`: those of `wanted` or of the closest release that is not of a later minor. */
export async function downloadEnvtest(wanted: string, into: string, say: Say): Promise<void> {
  const index = (await (await get(envtestIndex)).text()) as string;
  const release = chooseRelease(index, wanted, goPlatform());
  if (release === undefined)
    throw new Error(`its index has nothing for ${goPlatform()} that fits Kubernetes ${wanted}`);
  const archive = join(into, 'archive.tar.gz');
  await download(release.url, archive, { algorithm: 'sha512', expected: release.sha512 }, say);
  const unpacked = join(into, 'unpacked');
  mkdirSync(unpacked);
  const { status, stderr } = spawnSync('tar', ['-xzf', archive, '-C', unpacked], { encoding: 'utf8' });
  if (status !== 0) throw new Error(`tar could not unpack it: ${stderr ?? 'tar was not found'}`);
  for (const path of readdirSync(unpacked, { recursive: true, encoding: 'utf8' })) {
    const name = basename(path);
    if (name === 'etcd' || name === 'kube-apiserver' || name === 'kubectl')
      renameSync(join(unpacked, path), join(into, name));
  }
  rmSync(archive);
  rmSync(unpacked, { recursive: true });
}

/** Puts the official programs of exactly this version into `into`. There are official ones for Linux only. */
export async function downloadOfficial(
  programs: readonly string[],
  version: string,
  into: string,
  say: Say,
): Promise<void> {
  if (process.platform !== 'linux') throw new Error('there are official ones for Linux only');
  for (const program of programs) {
    const url = `${officialPrograms}/v${version}/bin/${goPlatform().replace('-', '/')}/${program}`;
    const expected = (await (await get(`${url}.sha256`)).text()).trim().split(/\s/)[0] ?? '';
    const file = join(into, program);
    await download(url, file, { algorithm: 'sha256', expected }, say);
    chmodSync(file, 0o755);
  }
}

/** Puts the official Helm of this version into `into`. */
export async function downloadHelm(version: string, into: string, say: Say): Promise<void> {
  const url = `${officialHelm}/helm-v${version}-${goPlatform()}.tar.gz`;
  const expected = (await (await get(`${url}.sha256sum`)).text()).trim().split(/\s/)[0] ?? '';
  const archive = join(into, 'archive.tar.gz');
  await download(url, archive, { algorithm: 'sha256', expected }, say);
  const member = `${goPlatform()}/helm`;
  const { status, stderr } = spawnSync('tar', ['-xzf', archive, '-C', into, '--strip-components=1', member]);
  if (status !== 0) throw new Error(`tar could not unpack it: ${stderr ?? 'tar was not found'}`);
  rmSync(archive);
}

/**
 * The release to take from the index (`releases: {v1.2.3: {<archive>: {hash, selfLink}}}`): the highest patch release of the wanted minor,
 * else the highest earlier one.
 */
export function chooseRelease(index: string, wanted: string, platform: string): Release | undefined {
  const { releases = {} } = parse(index, { schema: 'failsafe' }) as {
    releases?: Record<string, Record<string, { hash: string; selfLink: string }>>;
  };
  const [major = 0, minor = 0] = numbers(wanted);
  const fitting = Object.entries(releases).flatMap(([tag, archives]) => {
    const archive = archives[`envtest-${tag}-${platform}.tar.gz`];
    const [tagMajor = 0, tagMinor = 0, ...rest] = numbers(tag);
    const isFitting = tagMajor === major && tagMinor <= minor && tagMinor >= oldestMinor && rest.length === 1;
    return archive !== undefined && isFitting
      ? [{ version: tag.slice(1), url: archive.selfLink, sha512: archive.hash }]
      : [];
  });
  return fitting.toSorted((a, b) => compare(numbers(b.version), numbers(a.version)))[0];
}

/** The numbers of `v1.2.3`; pre-releases have more than three parts. */
const numbers = (version: string) => version.replace(/^v/, '').split(/[.-]/).map(Number);

function compare(a: readonly number[], b: readonly number[]): number {
  const index = a.findIndex((value, at) => value !== b[at]);
  return index < 0 ? 0 : (a[index] ?? 0) - (b[index] ?? 0);
}

/** As Go and the archives name it: linux-amd64, darwin-arm64. */
function goPlatform(): string {
  return `${process.platform}-${process.arch === 'x64' ? 'amd64' : process.arch}`;
}

async function get(url: string, signal = AbortSignal.timeout(answerTimeoutMs)): Promise<Response> {
  const { host } = new URL(url);
  const response = await fetch(url, { signal }).catch((error: unknown) => {
    throw new Error(`${host} cannot be reached from here`, { cause: error });
  });
  if (response.ok) return response;
  await response.body?.cancel();
  throw new Error(`${host} answered ${response.status}`);
}

/** Streams `url` into `file`; throws, leaving no claim of success, on a stall or another hash than expected. */
async function download(
  url: string,
  file: string,
  hash: { readonly algorithm: string; readonly expected: string },
  say: Say,
): Promise<void> {
  const stalled = new AbortController();
  let timer = setTimeout(() => stalled.abort(), answerTimeoutMs);
  const response = await get(url, stalled.signal);
  const total = Number(response.headers.get('content-length') ?? 0);
  const started = Date.now();
  let received = 0;
  say(`  downloading ${url}`);
  const progress = setInterval(
    () => say(`  ${megabytes(received)} of ${megabytes(total)}, ${seconds(started)}`),
    sayEveryMs,
  );
  const digest = createHash(hash.algorithm);
  const count = new Transform({
    transform(chunk: Buffer, _encoding, done) {
      clearTimeout(timer);
      timer = setTimeout(() => stalled.abort(), stallTimeoutMs);
      received += chunk.length;
      digest.update(chunk);
      done(null, chunk);
    },
  });
  try {
    if (response.body === null) throw new Error(`${new URL(url).host} answered without a body`);
    await pipeline(Readable.fromWeb(response.body as ReadableStream), count, createWriteStream(file), {
      signal: stalled.signal,
    });
  } finally {
    clearTimeout(timer);
    clearInterval(progress);
  }
  const actual = digest.digest('hex');
  if (actual !== hash.expected)
    throw new Error(`${url} has the ${hash.algorithm} ${actual}, not ${hash.expected} as published`);
}

const megabytes = (bytes: number) => `${Math.round(bytes / 1e6)} MB`;
const seconds = (since: number) => `${Math.round((Date.now() - since) / 1000)} s`;
