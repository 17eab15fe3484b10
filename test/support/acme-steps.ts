// The way through an ACME server by the client alone, as the controllers go it in many steps: prove names, finalize, fetch. Waits where they would wake up later.
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { type AcmeClient, keyAuthorization } from '../../src/acme/client.ts';
import type { Identifier, NewOrder, Order } from '../../src/acme/resources.ts';
import { AcmeProblem } from '../../src/base/errors.ts';
import { decodeCsr } from '../../src/pki/csr.ts';
import type { Pebble } from './pebble.ts';
import { until } from './until.ts';

const signal = new AbortController().signal;

export const dns = (value: string): Identifier => ({ type: 'dns', value });

/** An order that is ready to be finalized, and how many names had to be proved for it: names by DNS-01, addresses by HTTP-01, all at once. */
export async function proved(
  client: AcmeClient,
  { challenges: answers }: Pebble,
  wanted: NewOrder,
): Promise<{ readonly order: Order; readonly accepted: number }> {
  const order = await client.newOrder(wanted, signal);
  const authorizations = await Promise.all(order.authorizations.map((url) => client.fetchAuthorization(url, signal)));
  const pending = authorizations.filter(({ status }) => status !== 'valid');
  const found = pending.map(({ url, identifier, challenges }) => {
    const type = identifier.type === 'ip' ? 'http-01' : 'dns-01';
    const challenge = challenges.find((each) => each.type === type);
    assert.ok(challenge?.token !== undefined);
    return {
      url,
      identifier,
      challenge,
      answer: keyAuthorization(challenge.token, client.thumbprint),
      token: challenge.token,
    };
  });
  // Apex and wildcard share a name, which has to hold both values.
  for (const { identifier, answer, token } of found) {
    if (identifier.type === 'ip') await answers.addHttp01(token, answer);
    else {
      const value = createHash('sha256').update(answer).digest('base64url');
      await answers.setTxt(`_acme-challenge.${identifier.value}.`, value);
    }
  }
  for (const { challenge } of found) await client.acceptChallenge(challenge.url, signal);
  for (const { url, identifier } of found) {
    await until(`${identifier.value} is proved`, async () => {
      const { status, challenges } = await client.fetchAuthorization(url, signal);
      const error = challenges.find((each) => each.error !== undefined)?.error;
      if (status === 'invalid') throw new Error(`${identifier.value}: ${error?.type} ${error?.detail}`);
      return status === 'valid';
    });
  }
  const ready = await until('the order is ready', async () => {
    const seen = await client.fetchOrder(order.url, signal);
    return seen.status === 'ready' && seen;
  });
  return { order: ready, accepted: found.length };
}

/** The chain of a proved order, as PEM. */
export async function issued(
  client: AcmeClient,
  order: Order,
  csrPem: string,
  preferredChain?: string,
): Promise<string> {
  const csrDer = decodeCsr(csrPem).der;
  await client.finalizeOrder({ finalizeUrl: order.finalize, orderUrl: order.url, csrDer }, signal);
  const done = await until('the order is valid', async () => {
    const seen = await client.fetchOrder(order.url, signal);
    return seen.status === 'valid' && seen;
  });
  const options = preferredChain === undefined ? {} : { preferredChain };
  return client.fetchCertificate(done.certificate ?? '', options, signal);
}

/** The client, with whatever ends in a bad nonce asked again, as its callers do later. */
export function patient(client: AcmeClient): AcmeClient {
  const again = (call: () => unknown) => async () => {
    try {
      return { answer: await call() };
    } catch (error) {
      if (error instanceof AcmeProblem && error.type === 'badNonce') return undefined;
      throw error;
    }
  };
  return new Proxy(client, {
    get: (target, name) => {
      const value: unknown = Reflect.get(target, name);
      if (typeof value !== 'function') return value;
      return async (...given: unknown[]) =>
        (
          await until(
            'a nonce is good',
            again(() => value.apply(target, given)),
            60_000,
            0,
          )
        ).answer;
    },
  });
}
