// An ACME account whose server says what a test tells it to say: a client that answers from a script and writes down what it was asked. For what
// is above the client; the client itself is tried against real servers.
import type { AcmeClient } from '../../src/acme/client.ts';
import type { AcmeAccounts } from '../../src/issuers/acme/accounts.ts';
import { thumbprint } from './order-builders.ts';

type Method = {
  [Name in keyof AcmeClient]: AcmeClient[Name] extends (...args: never) => Promise<unknown> ? Name : never;
}[keyof AcmeClient];

/** What each method answers, in the order in which it is asked; an Error is thrown. The last answer stays. */
export type AcmeScript = { readonly [Name in Method]?: readonly unknown[] };

type OpenAccounts = Pick<AcmeAccounts, 'open' | 'pausedUntil' | 'pause'>;

export interface ScriptedAccount {
  readonly client: AcmeClient;
  readonly accounts: OpenAccounts;
  /** Method and first argument of every request, where it is not the signal. */
  readonly asked: readonly (readonly [string, unknown?])[];
  /** Until when who was told to rest. */
  readonly pauses: readonly (readonly [string, Date])[];
}

export function scriptedAccount(script: AcmeScript, unavailable?: string): ScriptedAccount {
  const asked: (readonly [string, unknown?])[] = [];
  const pauses: (readonly [string, Date])[] = [];
  const counts = new Map<string, number>();
  const answer = async (method: string, args: readonly unknown[]): Promise<unknown> => {
    asked.push(args[0] instanceof AbortSignal ? [method] : [method, args[0]]);
    const answers = script[method as Method];
    if (answers === undefined) throw new Error(`nothing is written for ${method}`);
    const count = counts.get(method) ?? 0;
    counts.set(method, count + 1);
    const said = answers[Math.min(count, answers.length - 1)];
    if (said instanceof Error) throw said;
    return said;
  };
  const methods = new Proxy({ accountUrl: 'https://ca.example/acct/1', thumbprint } as Partial<AcmeClient>, {
    get: (known, name) => {
      if (name in known) return known[name as keyof AcmeClient];
      // Not a promise.
      return name === 'then' || typeof name !== 'string' ? undefined : (...args: unknown[]) => answer(name, args);
    },
  });
  const client = methods as AcmeClient;
  const accounts: OpenAccounts = {
    open: async () =>
      unavailable === undefined ? { kind: 'open', client } : { kind: 'unavailable', message: unavailable },
    pausedUntil: (issuer, now) => pauses.findLast(([name, until]) => name === issuer.metadata.name && until > now)?.[1],
    pause: (issuer, until) => void pauses.push([issuer.metadata.name, until]),
  };
  return { client, accounts, asked, pauses };
}
