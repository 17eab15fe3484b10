// One case of the suite for DNS01 providers: the provider before its peer, changed or not, and what it is to say when that fails.
import assert from 'node:assert/strict';
import { ProviderError } from '../../src/base/errors.ts';
import type { AnyDns01Provider, Dns01Solver, SecretData, TxtRecord } from '../../src/solvers/dns01.ts';
import { aTxtRecord, dns01TestIo } from '../support/dns01-io.ts';
import type { Change, Dns01Peer, Fault } from './dns01-provider.ts';

/** Every record of a case has a name of its own: `n1`, `n2`, … (< 100) below the zone. */
export class World {
  readonly provider: AnyDns01Provider;
  readonly peer: Dns01Peer;
  readonly dnsName: string;

  constructor(provider: AnyDns01Provider, peer: Dns01Peer, number: number) {
    this.provider = provider;
    this.peer = peer;
    this.dnsName = `n${number}.${peer.zone.slice(0, -1)}`;
  }

  record(value: string, change: Partial<TxtRecord> = {}): TxtRecord {
    return aTxtRecord({
      zone: this.peer.zone,
      fqdn: `_acme-challenge.${this.dnsName}.`,
      value,
      dnsName: this.dnsName,
      ...change,
    });
  }

  config(change: Change = {}): unknown {
    const config = this.provider.config(change.solver ?? this.peer.solver);
    assert.notEqual(config, undefined, 'the provider does not know its own configuration');
    return config;
  }

  /** A new instance, as for each add and remove. */
  open(change: Change = {}, signal = new AbortController().signal): Promise<Dns01Solver> {
    const io = dns01TestIo({ secrets: change.secrets ?? this.peer.secrets, signal, ...this.peer.io, ...change.io });
    return this.provider.open(this.config(change), io);
  }

  async add(record: TxtRecord, change?: Change, signal = new AbortController().signal): Promise<void> {
    await (await this.open(change, signal)).add(record, signal);
  }

  async remove(record: TxtRecord, change?: Change, signal = new AbortController().signal): Promise<void> {
    await (await this.open(change, signal)).remove(record, signal);
  }

  async values(fqdn = this.record('').fqdn): Promise<readonly string[]> {
    return [...(await this.peer.values(fqdn))].sort();
  }

  get removes(): boolean {
    return this.peer.removes !== false;
  }
}

export function without<Value>(all: Readonly<Record<string, Value>>, name: string): Record<string, Value> {
  return Object.fromEntries(Object.entries(all).filter(([each]) => each !== name));
}

/** Fails with the code and message of `fault`, each time by a new instance; what credentials there are is in no message. */
export async function failsTwice(
  here: World,
  fault: Fault,
  verb: 'add' | 'remove',
  record: TxtRecord,
): Promise<ProviderError> {
  const errors: ProviderError[] = [];
  for (let time = 0; time < 2; time += 1) {
    const error = await here[verb](record, fault).then(
      () => assert.fail(`${verb} succeeded`),
      (thrown: unknown) => thrown,
    );
    if (!(error instanceof ProviderError)) throw error;
    errors.push(error);
  }
  const said = errors.map(({ provider, code, message }) => ({ provider, code, message }));
  const expected = { provider: here.provider.type, code: fault.code, message: fault.message };
  assert.deepEqual(said, [expected, expected]);
  for (const secret of secretTexts(here.peer.secrets, fault.secrets ?? {})) {
    assert.ok(!fault.message.includes(secret), 'a credential is in the message');
  }
  return errors[0]!;
}

function secretTexts(...all: readonly Readonly<Record<string, SecretData>>[]): readonly string[] {
  const texts = all.flatMap((secrets) => Object.values(secrets).flatMap((data) => Object.values(data)));
  return texts.map((bytes) => Buffer.from(bytes).toString('utf8').trim()).filter((text) => text.length >= 6);
}
