// What the controller reaches beyond its cluster, made of the process's environment: HTTP with its proxies, the DNS servers of the machine, the
// ambient credentials of clouds. Nothing to the right of cmd reads an environment or a file.
import { readFile } from 'node:fs/promises';
import { createHttpAccess, type HttpAccess } from '../../net/http.ts';
import type { Process } from '../process.ts';
import { version } from '../version.ts';

export interface Outside {
  readonly http: HttpAccess;
  /** The servers of resolv.conf, as `address:port`. */
  readonly systemServers: readonly string[];
  /** Variables that cloud credentials are made of, and no others: the environment holds more than a DNS provider needs to see. */
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** Those of them that say where a service is, and nothing of who asks: for issuers that may not use the credentials of the process. */
  readonly endpoints: Readonly<Record<string, string | undefined>>;
  readFile(path: string): Promise<string>;
}

const cloudVariable = /^(AWS_|AZURE_|IDENTITY_|MSI_|IMDS_|GOOGLE_|GCE_|GCLOUD_|CLOUDSDK_|ECS_|METADATA_)/;
const endpointVariable = /^(AWS_ENDPOINT_URL|AWS_USE_FIPS_ENDPOINT|AWS_USE_DUALSTACK_ENDPOINT)/;
const resolvConf = '/etc/resolv.conf';
/** Token files have a few kilobytes. */
const largestFile = 1024 * 1024;

export async function openOutside(env: Process['env']): Promise<Outside> {
  const only = (names: RegExp) => Object.fromEntries(Object.entries(env).filter(([name]) => names.test(name)));
  return {
    http: createHttpAccess({ userAgent: `cert-manager-controller/${version}`, proxy: proxiesOf(env) }),
    systemServers: nameserversOf(await readFile(resolvConf, 'utf8').catch(() => '')),
    environment: only(cloudVariable),
    endpoints: only(endpointVariable),
    readFile: async (path) => {
      const text = await readFile(path, 'utf8');
      if (text.length > largestFile) throw new Error(`${path} is larger than ${largestFile} bytes`);
      return text;
    },
  };
}

/** Both spellings, the lower one first, as Go reads them. */
function proxiesOf(env: Process['env']) {
  const of = (name: string) => env[name] || env[name.toLowerCase()];
  return { HTTP_PROXY: of('HTTP_PROXY'), HTTPS_PROXY: of('HTTPS_PROXY'), NO_PROXY: of('NO_PROXY') };
}

/** The `nameserver` lines of resolv.conf(5); IPv6 addresses in brackets. */
export function nameserversOf(text: string): readonly string[] {
  return text
    .split('\n')
    .flatMap((line) => /^\s*nameserver\s+([0-9a-fA-F.:]+)(?:%\S+)?\s*$/.exec(line)?.[1] ?? [])
    .map((address) => (address.includes(':') ? `[${address}]:53` : `${address}:53`));
}
