// The world around a cluster with ACME: DNS in which every name leads to the node, an ACME server that asks this DNS and looks at port 80, and what stands
// in front of the cluster. They run on this machine, at its address on the link to the node, where pods reach them.
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { findPebble } from '../binaries/pebble.ts';
import { startProcesses, untilReady } from '../control-plane/processes.ts';
import { someFreePorts } from '../free-ports.ts';
import { type Pebble, type PebbleOptions, startPebble } from '../pebble.ts';
import type { Cluster } from './cluster.ts';
import { type IngressController, startIngressController } from './ingress-controller.ts';

export interface AcmeWorld {
  readonly pebble: Pebble;
  readonly front: IngressController;
  readonly dns: NameServer;
  stop(): Promise<void>;
}

export interface NameServer {
  /** It listens at port 53, where resolv.conf has name servers. */
  readonly address: string;
  setAddress(name: string, address: string): Promise<void>;
  stop(): Promise<void>;
}

export async function startAcmeWorld(cluster: Cluster, options: PebbleOptions = {}): Promise<AcmeWorld> {
  const { address, outside } = cluster.file;
  const started: { stop(): Promise<void> }[] = [];
  const stop = async () => {
    for (const each of started.reverse()) await each.stop();
  };
  try {
    const dns = await startNameServer(outside, address);
    started.push(dns);
    const pebble = await startPebble({ address: outside, dnsServer: `${outside}:53`, httpPort: 80, ...options });
    started.push(pebble);
    const front = await startIngressController(cluster);
    started.push(front);
    return { pebble, front, dns, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

/** Values of the chart with which its pods ask this DNS. */
export function dnsValues({ address }: NameServer): Readonly<Record<string, string>> {
  return { podDnsPolicy: 'None', 'podDnsConfig.nameservers[0]': address };
}

/** Listens at `address`; every name has the address `target`, unless somebody says otherwise. */
export async function startNameServer(address: string, target: string): Promise<NameServer> {
  const programs = await findPebble((line) => void process.stderr.write(`${line}\n`));
  const processes = startProcesses(mkdtempSync(join(tmpdir(), 'certwright-dns-')), false);
  const [management = 0] = await someFreePorts(1);
  const post = (path: string, body: object): Promise<boolean> =>
    fetch(`http://127.0.0.1:${management}/${path}`, { method: 'POST', body: JSON.stringify(body) }).then(
      ({ ok }) => ok,
      () => false,
    );
  const server = processes.start('dns', programs['pebble-challtestsrv'], [
    ...[
      '-management',
      `127.0.0.1:${management}`,
      '-dnsserver',
      `${address}:53`,
      '-defaultIPv4',
      target,
      '-defaultIPv6',
      '',
    ],
    ...['-http01', '', '-https01', '', '-tlsalpn01', '', '-doh', ''],
  ]);
  try {
    await untilReady(server, () => post('set-default-ipv4', { ip: target }));
  } catch (error) {
    await processes.stopAll();
    throw error;
  }
  return {
    address,
    setAddress: async (name, to) => {
      const host = `${name}.`;
      // It would answer with the one before as well.
      const ok = (await post('clear-a', { host })) && (await post('add-a', { host, addresses: [to] }));
      if (!ok) throw new Error(`the name server did not take the address of ${name}`);
    },
    stop: () => processes.stopAll(),
  };
}
