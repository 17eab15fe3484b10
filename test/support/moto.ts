// moto, a stand-in for AWS: Route 53, STS and IAM on a free port of this machine, every request signed and allowed or refused. Kept as a Python
// environment in the cache folder; what moto does differently from AWS is put right in moto/serve.py. Knows nothing of providers.
import { execFile, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { withLock } from './binaries/lock.ts';
import { cacheFolder } from './binaries.ts';
import { startProcesses, untilReady } from './control-plane/processes.ts';

const version = '5.2.5';
const packages = [`moto==${version}`, 'flask==3.1.*', 'flask-cors==6.*'];
const everything = JSON.stringify({
  Version: '2012-10-17',
  Statement: [{ Effect: 'Allow', Action: '*', Resource: '*' }],
});

export interface Moto {
  /** For AWS_ENDPOINT_URL. */
  readonly url: string;
  /** Of a user who may do everything. */
  readonly keys: { readonly accessKeyId: string; readonly secretAccessKey: string };
  /** Of a user who may do nothing at all. */
  readonly powerlessKeys: { readonly accessKeyId: string; readonly secretAccessKey: string };
  /** The ARN of a role that may do everything. */
  readonly role: string;
  /** Answers the id, without `/hostedzone/`. */
  createZone(name: string, options?: { readonly isPrivate?: boolean }): Promise<string>;
  /** The record sets of a zone, as XML says them. */
  recordSets(zoneId: string): Promise<readonly RecordSet[]>;
  stop(): Promise<void>;
}

export interface RecordSet {
  readonly name: string;
  readonly type: string;
  readonly ttl: string;
  readonly setIdentifier: string;
  readonly multiValueAnswer: string;
  /** As stored: quoted, escaped. */
  readonly values: readonly string[];
}

/** Why moto cannot be had here; undefined where it probably can. */
export function withoutMoto(): string | undefined {
  if (existsSync(serverIn(environmentFolder()))) return undefined;
  const { status } = spawnSync('python3', ['-c', 'import venv, ensurepip']);
  return status === 0 ? undefined : 'moto needs Python 3 with its module venv';
}

/** Throws with what pip said when moto cannot be installed. */
export async function startMoto(): Promise<Moto> {
  const python = await findMoto();
  const folder = mkdtempSync(join(tmpdir(), 'certwright-moto-'));
  const processes = startProcesses(folder, false);
  const port = await freePort();
  const url = `http://127.0.0.1:${port}`;
  try {
    const server = join(import.meta.dirname, 'moto', 'serve.py');
    const running = processes.start('moto', python, [server, '-H', '127.0.0.1', '-p', String(port)]);
    await untilReady(running, () =>
      fetch(`${url}/moto-api/`).then(
        ({ ok }) => ok,
        () => false,
      ),
    );
    const keys = await makeUser(url, 'dns', true);
    const powerlessKeys = await makeUser(url, 'nobody', false);
    const role = await makeRole(url);
    // From now on requests are checked.
    await post(`${url}/moto-api/reset-auth`, '0');
    return {
      url,
      keys,
      powerlessKeys,
      role,
      createZone: (name, { isPrivate = false } = {}) => createZone(url, name, isPrivate),
      recordSets: (zoneId) => recordSets(url, zoneId),
      stop: () => processes.stopAll(),
    };
  } catch (error) {
    await processes.stopAll();
    throw error;
  }
}

const environmentFolder = () => join(dirname(cacheFolder()), `moto-${version}`, 'environment');
const serverIn = (environment: string) => join(environment, 'bin', 'moto_server');

/** Answers the path of a Python that has moto. */
async function findMoto(): Promise<string> {
  const environment = environmentFolder();
  const say = (line: string) => void process.stderr.write(`${line}\n`);
  if (!existsSync(serverIn(environment))) {
    mkdirSync(dirname(environment), { recursive: true });
    await withLock(join(dirname(environment), 'lock'), say, async () => {
      if (!existsSync(serverIn(environment))) await install(environment, say);
    });
  }
  return join(environment, 'bin', 'python');
}

/** Python environments cannot be moved: what is half made is made anew. */
async function install(environment: string, say: (line: string) => void): Promise<void> {
  say(`Getting moto ${version} (once; it is kept in the cache folder) …`);
  rmSync(environment, { recursive: true, force: true });
  const fill = [
    ['python3', '-m', 'venv', environment],
    [join(environment, 'bin', 'pip'), 'install', '--quiet', '--disable-pip-version-check', ...packages],
  ];
  for (const [program = '', ...args] of fill) {
    const why = await failureOf(program, args);
    if (why === undefined) continue;
    rmSync(environment, { recursive: true, force: true });
    throw new Error(`moto ${version} could not be had: it comes from the Python package index.\n${why}`);
  }
}

/** What a program said that failed. What pip says may name the place that packages come from, credentials included: that is left out. */
function failureOf(program: string, args: readonly string[]): Promise<string | undefined> {
  return new Promise((resolve) => {
    execFile(program, args, (error, _stdout, stderr) => {
      resolve(error === null ? undefined : (stderr || error.message).replaceAll(/\w+:\/\/\S+/g, '…').trim());
    });
  });
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  if (address === null || typeof address === 'string') throw new Error('no free port');
  return address.port;
}

/** moto finds the service by the scope of the credentials. */
const harness = (service: string) => ({
  authorization: `AWS4-HMAC-SHA256 Credential=harness/20200101/us-east-1/${service}/aws4_request, SignedHeaders=host, Signature=0`,
});

async function post(
  url: string,
  body: string | URLSearchParams,
  headers: Record<string, string> = {},
): Promise<string> {
  const answer = await fetch(url, { method: 'POST', body, headers });
  const text = await answer.text();
  if (!answer.ok) throw new Error(`moto answered ${answer.status}: ${text}`);
  return text;
}

const iam = (url: string, parameters: Record<string, string>) =>
  post(url, new URLSearchParams({ Version: '2010-05-08', ...parameters }), harness('iam'));

async function makeUser(url: string, user: string, mayDoAll: boolean) {
  await iam(url, { Action: 'CreateUser', UserName: user });
  if (mayDoAll) {
    await iam(url, { Action: 'PutUserPolicy', UserName: user, PolicyName: 'all', PolicyDocument: everything });
  }
  const made = await iam(url, { Action: 'CreateAccessKey', UserName: user });
  return { accessKeyId: element(made, 'AccessKeyId'), secretAccessKey: element(made, 'SecretAccessKey') };
}

async function makeRole(url: string): Promise<string> {
  const trust = JSON.stringify({
    Version: '2012-10-17',
    Statement: [{ Effect: 'Allow', Action: 'sts:AssumeRole', Principal: { AWS: '*' } }],
  });
  const made = await iam(url, { Action: 'CreateRole', RoleName: 'dns', AssumeRolePolicyDocument: trust });
  await iam(url, { Action: 'PutRolePolicy', RoleName: 'dns', PolicyName: 'all', PolicyDocument: everything });
  return element(made, 'Arn');
}

const route53 = '/2013-04-01/hostedzone';
let zones = 0;

async function createZone(url: string, name: string, isPrivate: boolean): Promise<string> {
  zones += 1;
  const vpc = isPrivate ? '<VPC><VPCRegion>us-east-1</VPCRegion><VPCId>vpc-1</VPCId></VPC>' : '';
  const config = `<HostedZoneConfig><PrivateZone>${isPrivate}</PrivateZone></HostedZoneConfig>`;
  const body =
    '<CreateHostedZoneRequest xmlns="https://route53.amazonaws.com/doc/2013-04-01/">' +
    `<Name>${name}</Name>${vpc}<CallerReference>${zones}</CallerReference>${config}</CreateHostedZoneRequest>`;
  const made = await post(url + route53, body, harness('route53'));
  return element(made, 'Id').replace('/hostedzone/', '');
}

async function recordSets(url: string, zoneId: string): Promise<readonly RecordSet[]> {
  const answer = await fetch(`${url}${route53}/${zoneId}/rrset`, { headers: harness('route53') });
  const text = await answer.text();
  if (!answer.ok) throw new Error(`moto answered ${answer.status}: ${text}`);
  return elements(text, 'ResourceRecordSet').map((xml) => ({
    name: element(xml, 'Name'),
    type: element(xml, 'Type'),
    ttl: element(xml, 'TTL'),
    setIdentifier: element(xml, 'SetIdentifier'),
    multiValueAnswer: element(xml, 'MultiValueAnswer'),
    values: elements(xml, 'ResourceRecord').map((record) => element(record, 'Value')),
  }));
}

const elements = (xml: string, name: string): readonly string[] =>
  [...xml.matchAll(new RegExp(`<${name}>([^]*?)</${name}>`, 'g'))].map(([, inner = '']) => inner);

/** The text of the first such element; empty where there is none. */
const element = (xml: string, name: string): string =>
  (elements(xml, name)[0] ?? '')
    .replaceAll('&quot;', '"')
    .replaceAll('&lt;', '<')
    .replaceAll('&gt;', '>')
    .replaceAll('&amp;', '&');
