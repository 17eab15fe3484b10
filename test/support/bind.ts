// A real BIND on loopback that takes dynamic updates: its zones, and one TSIG key of each algorithm. In a temporary folder, on a free port, gone
// when the process is gone.
import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { Resolver } from 'node:dns/promises';
import { mkdtempSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { findDebianProgram } from './binaries/debian.ts';
import type { Say } from './binaries.ts';
import { startProcesses, untilReady } from './control-plane/processes.ts';

/** As certwright names them → as BIND does. */
const algorithms = {
  HMACMD5: 'hmac-md5',
  HMACSHA1: 'hmac-sha1',
  HMACSHA256: 'hmac-sha256',
  HMACSHA512: 'hmac-sha512',
} as const;

export type TsigAlgorithm = keyof typeof algorithms;

export interface TsigKey {
  readonly name: string;
  /** Base64. */
  readonly secret: string;
}

export interface BindOptions {
  /** Without a final dot → the records of its zone file beyond SOA, NS and the server's address. */
  readonly zones: Readonly<Record<string, string>>;
  /** A zone that takes updates from everybody, without a key. */
  readonly open?: string;
  /** `127.0.0.1` by default. */
  readonly address?: string;
  /** A free one by default. */
  readonly port?: number;
  readonly say?: Say;
}

export interface Bind {
  readonly address: string;
  readonly port: number;
  /** May write TXT records below every zone. */
  readonly keys: Readonly<Record<TsigAlgorithm, TsigKey>>;
  /** Is known, and may write nothing. HMACSHA256. */
  readonly powerless: TsigKey;
  /** The TXT values of a name, each joined from its strings; read over the network. */
  txt(fqdn: string): Promise<readonly string[]>;
  /** Kills it; its zones stay as they are. */
  halt(): Promise<void>;
  /** Brings it back under the same address, with the same keys. */
  restart(): Promise<void>;
  stop(): Promise<void>;
}

const sayOnStderr: Say = (line) => void process.stderr.write(`${line}\n`);
const run = promisify(execFile);
const attempts = 3;

/** Why BIND cannot be had on this machine; undefined where it can. */
export async function missingBind(say: Say = sayOnStderr): Promise<string | undefined> {
  try {
    const { path, libraries } = await findDebianProgram('bind9', 'usr/sbin/named', say);
    await run(path, ['-v'], { env: { ...process.env, LD_LIBRARY_PATH: libraries } });
    return undefined;
  } catch (error) {
    return `no BIND: ${error instanceof Error ? error.message : error}`;
  }
}

/** Throws with the end of the log where it does not start. */
export async function startBind(options: BindOptions): Promise<Bind> {
  const program = await findDebianProgram('bind9', 'usr/sbin/named', options.say ?? sayOnStderr);
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await start(program, options, options.port ?? (await freePort()));
    } catch (error) {
      if (attempt === attempts || options.port !== undefined) throw error;
    }
  }
}

async function start(
  program: { readonly path: string; readonly libraries: string },
  options: BindOptions,
  port: number,
): Promise<Bind> {
  const address = options.address ?? '127.0.0.1';
  const folder = mkdtempSync(join(tmpdir(), 'certwright-bind-'));
  const processes = startProcesses(folder, false);
  const keys = {
    HMACMD5: aKey('md5'),
    HMACSHA1: aKey('sha1'),
    HMACSHA256: aKey('sha256'),
    HMACSHA512: aKey('sha512'),
  };
  const powerless = aKey('powerless');
  for (const [zone, records] of Object.entries(options.zones)) {
    writeFileSync(join(folder, `${zone}.zone`), zoneFile(zone, records, address));
  }
  const text = configuration(options, { folder, address, port, keys, powerless });
  writeFileSync(join(folder, 'named.conf'), text, { mode: 0o600 });
  const resolver = new Resolver({ timeout: 1_000, tries: 3 });
  resolver.setServers([`${address}:${port}`]);
  const args = [
    `LD_LIBRARY_PATH=${program.libraries}`,
    program.path,
    '-g',
    '-n',
    '1',
    '-c',
    join(folder, 'named.conf'),
  ];
  const [zone = ''] = Object.keys(options.zones);
  const startNamed = async () => {
    const named = processes.start('named', '/usr/bin/env', args);
    await untilReady(named, () =>
      resolver.resolveNs(zone).then(
        () => true,
        () => false,
      ),
    );
    return named;
  };
  let running = await startNamed().catch(async (error: unknown) => {
    await processes.stopAll();
    throw error;
  });
  return {
    ...{ address, port, keys, powerless },
    txt: (fqdn) => txt(resolver, fqdn),
    halt: () => processes.stop(running, 0),
    restart: async () => {
      running = await startNamed();
    },
    stop: () => processes.stopAll(),
  };
}

const aKey = (name: string): TsigKey => ({ name: `${name}.key`, secret: randomBytes(32).toString('base64') });

function zoneFile(zone: string, records: string, address: string): string {
  return `$ORIGIN ${zone}.
$TTL 60
@ IN SOA ns.${zone}. hostmaster.${zone}. 1 3600 600 86400 5
@ IN NS ns.${zone}.
ns IN ${address.includes(':') ? 'AAAA' : 'A'} ${address}
${records}
`;
}

interface Settings {
  readonly folder: string;
  readonly address: string;
  readonly port: number;
  readonly keys: Readonly<Record<TsigAlgorithm, TsigKey>>;
  readonly powerless: TsigKey;
}

function configuration(options: BindOptions, { folder, address, port, keys, powerless }: Settings): string {
  const key = ({ name, secret }: TsigKey, algorithm: string) =>
    `key "${name}" { algorithm ${algorithm}; secret "${secret}"; };`;
  const names = Object.keys(algorithms) as TsigAlgorithm[];
  const grants = names.map((each) => `grant "${keys[each].name}" zonesub TXT;`).join(' ');
  const zones = Object.keys(options.zones).map((zone) => {
    const policy = zone === options.open ? 'allow-update { any; };' : `update-policy { ${grants} };`;
    return `zone "${zone}" { type primary; file "${folder}/${zone}.zone"; ${policy} };`;
  });
  const [v4, v6] = address.includes(':') ? ['none', address] : [address, 'none'];
  return `options {
  directory "${folder}";
  pid-file none;
  session-keyfile none;
  listen-on port ${port} { ${v4}; };
  listen-on-v6 port ${port} { ${v6}; };
  recursion no;
  dnssec-validation no;
  notify no;
  allow-query { any; };
};
controls { };
${names.map((each) => key(keys[each], algorithms[each])).join('\n')}
${key(powerless, algorithms.HMACSHA256)}
${zones.join('\n')}
`;
}

async function txt(resolver: Resolver, fqdn: string): Promise<readonly string[]> {
  try {
    return (await resolver.resolveTxt(fqdn)).map((strings) => strings.join(''));
  } catch (error) {
    const { code } = error as { code?: string };
    if (code === 'ENOTFOUND' || code === 'ENODATA') return [];
    throw error;
  }
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve, reject) => server.once('error', reject).listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as { port: number };
  await new Promise((resolve) => server.close(resolve));
  return port;
}
