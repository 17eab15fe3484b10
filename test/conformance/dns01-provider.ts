// What every DNS01 provider must keep to, whatever it writes to. A provider's test calls this once, with a peer: a real server, or a fake that
// enforces its published API. The faults that can be made without a peer are here too.
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import type { DNS01Solver } from '../../src/api/dns01.ts';
import { type HttpAccess, type HttpAnswer, HttpError } from '../../src/net/http.ts';
import type { AnyDns01Provider, Dns01Io, TxtRecord } from '../../src/solvers/dns01.ts';
import type { Secrets } from '../support/dns01-io.ts';
import { failsTwice, World, without } from './dns01-world.ts';

/** How a case differs from the peer's good state: another configuration, other Secrets, another world to act on. */
export interface Change {
  readonly solver?: DNS01Solver;
  readonly secrets?: Secrets;
  readonly io?: Partial<Dns01Io>;
}

export interface Failure {
  /** ProviderError.code. */
  readonly code: string;
  /** The whole message. */
  readonly message: string;
}

/** What a case comes to: a failure with this code and message, after the change. */
export interface Fault extends Change, Failure {}

export interface Dns01Peer {
  /** As a user writes it under solver.dns01. */
  readonly solver: DNS01Solver;
  /** By name, with the credentials that the peer takes. */
  readonly secrets: Secrets;
  /** Besides Secrets: what the provider acts through, and its environment. */
  readonly io?: Partial<Dns01Io>;
  /** With a final dot; the peer serves it. */
  readonly zone: string;
  /** The whole values of the TXT records with this name (final dot) at the peer, read in another way than the provider's. Any order. */
  values(fqdn: string): Promise<readonly string[]>;
  /** Credentials that the peer does not take. Undefined where it asks for none. */
  readonly wrongCredentials: Fault | undefined;
  /** The failure when a Secret, or its key, is missing. Undefined where the provider has no Secrets. */
  readonly missingSecret: ((ref: { name: string; key: string }) => Failure) | undefined;
  readonly missingKey: ((ref: { name: string; key: string }) => Failure) | undefined;
  /** A zone that the peer does not serve (any more): `remove` is a success there, `add` is this failure. Undefined where there are no zones. */
  readonly goneZone: (Fault & { readonly zone: string }) | undefined;
  /** A peer that takes what is sent and never answers; `silentHttp` where all goes through io.http. */
  readonly silent: Change;
  /** A peer that cannot be reached; code `Unreachable`. `...unreachableHttp` where all goes through io.http. */
  readonly unreachable: Fault;
  /** A peer that asks to come back after 7 seconds: `...rateLimitedHttp`. Undefined where its protocol has no such answer. */
  readonly rateLimited: Fault | undefined;
  /** A peer that answers rubbish: `...garbledHttp`. */
  readonly garbled: Fault | undefined;
  /** How many values under one name the peer keeps; 20 by default. */
  readonly mostValues?: number;
  /** False where the peer takes ACME's values only (43 characters). */
  readonly longValues?: boolean;
  /** False where the peer has no way to remove. */
  readonly removes?: boolean;
  stop?(): Promise<void>;
}

export interface Dns01Row {
  readonly provider: AnyDns01Provider;
  /** Starts the peer; called in `before`. */
  start(): Promise<Dns01Peer>;
  /** Why the peer cannot be had here; the suite is skipped with it. */
  readonly skip?: string | undefined;
}

const stalled: HttpAccess = {
  open: () => (_request, signal) =>
    new Promise<HttpAnswer>((_resolve, reject) => {
      if (signal.aborted) reject(signal.reason);
      signal.addEventListener('abort', () => reject(signal.reason), { once: true });
    }),
  close: () => {},
};

const answering = (answer: Omit<HttpAnswer, 'body'> & { readonly body: string }): HttpAccess => ({
  open: () => async () => ({ ...answer, body: Buffer.from(answer.body) }),
  close: () => {},
});

const failing = (error: HttpError): HttpAccess => ({ open: () => () => Promise.reject(error), close: () => {} });

/** Stands in for `io.http`: requests hang until they are aborted. */
export const silentHttp: Change = { io: { http: stalled } };
/** Stands in for `io.http`: no connection comes about. */
export const unreachableHttp: Change = {
  io: {
    http: failing(
      new HttpError('ECONNREFUSED', 'cannot reach peer.example: ECONNREFUSED', new Error('connect 192.0.2.1:49152')),
    ),
  },
};
/** Stands in for `io.http`: every answer is 429 with Retry-After 7. */
export const rateLimitedHttp: Change = {
  io: {
    http: answering({ status: 429, headers: { 'retry-after': '7', 'content-type': 'application/json' }, body: '{}' }),
  },
};
/** Stands in for `io.http`: every answer is a page that is no JSON. Its text must not reach a message. */
export const garbledHttp: Change = {
  io: {
    http: answering({
      status: 200,
      headers: { 'content-type': 'text/html' },
      body: '<html>from the inside: s3cr3t</html>',
    }),
  },
};

/** The suite; `row.start` gives the peer. */
export function dns01ProviderConformance(name: string, row: Dns01Row): void {
  describe(`DNS01 provider ${name}`, { skip: row.skip ?? false }, () => {
    let peer: Dns01Peer | undefined;
    before(async () => {
      peer = await row.start();
    });
    after(async () => {
      await peer?.stop?.();
    });
    let cases = 0;
    const world = () => {
      cases += 1;
      return new World(row.provider, peer ?? assert.fail('the peer did not start'), cases);
    };
    itKeepsRecords(world);
    itRemoves(world);
    itIsSafeAtOnce(world);
    itStops(world);
    itFailsInWords(world);
  });
}

/** As ACME makes them: 43 characters of base64url. */
const acmeValue = (seed: string) => Buffer.from(seed.repeat(32).slice(0, 32)).toString('base64url');
const [first, second] = [acmeValue('a-'), acmeValue('b_')].sort() as [string, string];

function itKeepsRecords(world: () => World): void {
  it('adds a record', async () => {
    const here = world();
    await here.add(here.record(first));
    assert.deepEqual(await here.values(), [first]);
  });

  it('adds a record that is there already', async () => {
    const here = world();
    await here.add(here.record(first));
    await here.add(here.record(first));
    assert.deepEqual(await here.values(), [first]);
  });

  it('adds a second value under one name, and again', async () => {
    const here = world();
    for (const value of [first, second, first, second]) await here.add(here.record(value));
    assert.deepEqual(await here.values(), [first, second]);
  });

  it('adds with one instance to two names', async (context) => {
    const here = world();
    if (!here.removes) return context.skip('this peer knows single names only');
    const other = here.record(second, { fqdn: `_acme-challenge.sub.${here.dnsName}.`, dnsName: here.dnsName });
    const solver = await here.open();
    const signal = new AbortController().signal;
    await solver.add(here.record(first), signal);
    await solver.add(other, signal);
    assert.deepEqual([await here.values(), await here.values(other.fqdn)], [[first], [second]]);
  });

  it('adds a record for a name at the apex of the zone', async (context) => {
    const here = world();
    if (here.peer.removes === false) return context.skip('this peer knows single names only');
    const { zone } = here.peer;
    const record = here.record(first, { fqdn: `_acme-challenge.${zone}`, dnsName: zone.slice(0, -1) });
    await here.add(record);
    assert.deepEqual(await here.values(record.fqdn), [first]);
    await here.remove(record);
    assert.deepEqual(await here.values(record.fqdn), []);
  });

  for (const length of [255, 256, 600]) {
    it(`keeps a value of ${length} characters whole`, async (context) => {
      const here = world();
      if (here.peer.longValues === false) return context.skip("this peer takes ACME's values only");
      const value = 'abcdefghij'.repeat(60).slice(0, length);
      await here.add(here.record(value));
      await here.add(here.record(value));
      assert.deepEqual(await here.values(), [value]);
      await here.remove(here.record(value));
      assert.deepEqual(await here.values(), []);
    });
  }
}

function itRemoves(world: () => World): void {
  it('removes with a new instance', async (context) => {
    const here = world();
    await here.add(here.record(first));
    await here.remove(here.record(first));
    if (!here.removes) return context.skip('this peer has no way to remove: nothing was asked for');
    assert.deepEqual(await here.values(), []);
  });

  it('leaves the sibling when it removes', async (context) => {
    const here = world();
    await here.add(here.record(first));
    await here.add(here.record(second));
    await here.remove(here.record(first));
    if (!here.removes) return context.skip('this peer has no way to remove: nothing was asked for');
    assert.deepEqual(await here.values(), [second]);
    await here.remove(here.record(second));
    assert.deepEqual(await here.values(), []);
  });

  it('removes what is not there', async () => {
    const here = world();
    await here.remove(here.record(first));
    assert.deepEqual(await here.values(), []);
  });

  it('removes nothing where only another value is there', async () => {
    const here = world();
    await here.add(here.record(first));
    await here.remove(here.record(second));
    assert.deepEqual(await here.values(), [first]);
  });

  it('removes twice', async (context) => {
    const here = world();
    await here.add(here.record(first));
    await here.remove(here.record(first));
    await here.remove(here.record(first));
    if (!here.removes) return context.skip('this peer has no way to remove: nothing was asked for');
    assert.deepEqual(await here.values(), []);
  });

  it('adds again what was removed', async () => {
    const here = world();
    await here.add(here.record(first));
    await here.remove(here.record(first));
    await here.add(here.record(first));
    assert.deepEqual(await here.values(), [first]);
  });

  it('takes a zone that is gone for a record that is gone', async (context) => {
    const here = world();
    const { goneZone } = here.peer;
    if (goneZone === undefined) return context.skip('this peer knows no zones');
    await here.remove(goneRecord(here, goneZone.zone), goneZone);
  });
}

function goneRecord(here: World, zone: string): TxtRecord {
  return here.record(first, { zone, fqdn: `_acme-challenge.${zone}`, dnsName: zone.slice(0, -1) });
}

function itIsSafeAtOnce(world: () => World): void {
  it('keeps every value that is added at once under one name', async () => {
    const here = world();
    const values = Array.from({ length: Math.min(here.peer.mostValues ?? 20, 6) }, (_, index) =>
      acmeValue(`${index}~`),
    ).sort();
    await Promise.all(values.map((value) => here.add(here.record(value))));
    assert.deepEqual(await here.values(), values);
  });

  it('keeps every name that is added at once in one zone', async () => {
    const here = [world(), world(), world(), world()];
    await Promise.all(here.map((each) => each.add(each.record(first))));
    for (const each of here) assert.deepEqual(await each.values(), [first]);
  });

  it('adds and removes at once under one name', async (context) => {
    const here = world();
    if (!here.removes) return context.skip('this peer has no way to remove');
    await here.add(here.record(first));
    await Promise.all([
      here.remove(here.record(first)),
      here.add(here.record(second)),
      here.remove(here.record(first)),
    ]);
    assert.deepEqual(await here.values(), [second]);
  });

  it('removes every value at once', async (context) => {
    const here = world();
    if (!here.removes) return context.skip('this peer has no way to remove');
    const values = ['c-', 'd-', 'e-'].map(acmeValue);
    for (const value of values) await here.add(here.record(value));
    await Promise.all(values.map((value) => here.remove(here.record(value))));
    assert.deepEqual(await here.values(), []);
  });
}

function itStops(world: () => World): void {
  const reason = new Error('the controller stops');

  it('does nothing once its signal is aborted', async () => {
    const here = world();
    await assert.rejects(here.add(here.record(first), {}, AbortSignal.abort(reason)), (error) => error === reason);
    assert.deepEqual(await here.values(), []);
  });

  it('gives up a request under way when its signal is aborted, with the reason of the signal', async () => {
    const here = world();
    const controller = new AbortController();
    const adding = here.add(here.record(first), here.peer.silent, controller.signal);
    setTimeout(() => controller.abort(reason), 200);
    await assert.rejects(adding, (error) => error === reason);
  });
}

function itFailsInWords(world: () => World): void {
  it('says twice the same of wrong credentials, and does not tell them', async (context) => {
    const here = world();
    const fault = here.peer.wrongCredentials;
    if (fault === undefined) return context.skip('this peer asks for no credentials');
    await failsTwice(here, fault, 'add', here.record(first));
    if (here.removes) await failsTwice(here, fault, 'remove', here.record(first));
    assert.deepEqual(await here.values(), []);
  });

  it('says which Secret is missing', async (context) => {
    const here = world();
    const { missingSecret } = here.peer;
    if (missingSecret === undefined) return context.skip('this provider has no Secrets');
    for (const ref of here.provider.credentials(here.config())) {
      const secrets = without(here.peer.secrets, ref.name);
      await failsTwice(here, { secrets, ...missingSecret(ref) }, 'add', here.record(first));
    }
  });

  it('says which key of a Secret is missing', async (context) => {
    const here = world();
    const { missingKey } = here.peer;
    if (missingKey === undefined) return context.skip('this provider has no Secrets');
    for (const ref of here.provider.credentials(here.config())) {
      const secrets = { ...here.peer.secrets, [ref.name]: without(here.peer.secrets[ref.name] ?? {}, ref.key) };
      await failsTwice(here, { secrets, ...missingKey(ref) }, 'add', here.record(first));
    }
  });

  const faults = ['unreachable', 'rateLimited', 'garbled'] as const;
  for (const kind of faults) {
    it(`says twice the same of a peer that is ${kind}`, async (context) => {
      const here = world();
      const fault = here.peer[kind];
      if (fault === undefined) return context.skip('this peer cannot be so');
      const error = await failsTwice(here, fault, 'add', here.record(first));
      if (kind === 'unreachable') assert.equal(error.code, 'Unreachable');
      if (kind === 'rateLimited') assert.deepEqual([error.code, error.retryAfterMs], ['RateLimited', 7_000]);
    });
  }

  it('says that there is no such zone to add to', async (context) => {
    const here = world();
    const { goneZone } = here.peer;
    if (goneZone === undefined) return context.skip('this peer knows no zones');
    await failsTwice(here, goneZone, 'add', goneRecord(here, goneZone.zone));
  });
}
