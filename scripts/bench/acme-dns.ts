// A DNS provider for the bench that costs next to nothing: the API of acme-dns, handed on to the challenge server that Pebble and the controller ask.
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { ChallengeServer } from '../../test/support/pebble.ts';

export interface BenchDns {
  /** For `acmeDNS.host`. */
  readonly host: string;
  /** The JSON of accounts for these names, for the Secret. */
  accounts(names: readonly string[]): string;
  stop(): void;
}

/** The subdomain of each account is the name itself. */
export async function startBenchDns(challenges: ChallengeServer): Promise<BenchDns> {
  const server = createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const { subdomain, txt } = JSON.parse(Buffer.concat(chunks).toString()) as { subdomain: string; txt: string };
    await challenges.setTxt(`_acme-challenge.${subdomain}.`, txt);
    response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify({ txt }));
  });
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  return {
    host: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    accounts: (names) => {
      const account = (subdomain: string) => ({
        subdomain,
        fulldomain: subdomain,
        username: 'bench',
        password: 'bench',
      });
      return JSON.stringify(Object.fromEntries(names.map((name) => [name, account(name)])));
    },
    stop: () => {
      server.closeAllConnections();
      server.close();
    },
  };
}
