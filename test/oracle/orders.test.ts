// Names of Orders and Challenges, the solver that is chosen and what annotations make of it, beside upstream's own code, for thousands of cases
// made at random. The program is orders/main.go, compiled once a run.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import fc from 'fast-check';
import type { Issuer } from '../../src/api/issuer.ts';
import type { Order } from '../../src/api/order.ts';
import { challengesFor, isWanted } from '../../src/issuers/acme/challenge-for.ts';
import { orderName } from '../../src/issuers/acme/names.ts';
import { canonicalIp } from '../../src/pki/ip-address.ts';
import * as questions from './order-questions.ts';
import { asks, run, workFolder } from './programs.ts';

interface Answer {
  readonly name?: string;
  readonly spec?: never;
  readonly error?: string;
}

const seed = 852;
const runs = 3_000;
const folder = workFolder();
const program = folder.at('orders');

function theirs(all: readonly unknown[]): Answer[] {
  const lines = run(program, [], all.map((each) => JSON.stringify(each)).join('\n'));
  return lines
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line));
}

function ours({ solvers, authorization, order }: questions.ChallengeQuestion) {
  const issuer = { spec: { acme: { solvers } } } as unknown as Issuer;
  const withStatus = { ...order, status: { authorizations: [authorization] } } as unknown as Order;
  return challengesFor(withStatus, issuer, 'thumbprint');
}

/** All that differ, the first three in full. */
function compare<T>(all: readonly T[], differs: (question: T, index: number) => unknown): void {
  const found = all.map(differs).filter((each) => each !== undefined);
  const shown = found.slice(0, 3).map((each) => JSON.stringify(each));
  assert.equal(found.length, 0, `${found.length} of ${all.length} differ, the first:\n${shown.join('\n')}`);
}

const prefix = 'Failed to determine a valid solver configuration for the set of domains on the Order: ';

describe('Orders and Challenges as upstream makes them', asks('go'), () => {
  before(() => {
    const source = fileURLToPath(new URL('orders', import.meta.url));
    run('go', ['-C', source, 'build', '-buildvcs=false', '-o', program, '.']);
  });
  after(() => folder.remove());

  test('names of Orders', () => {
    const all = fc.sample(questions.orders, { seed, numRuns: runs });
    const expected = theirs(
      all.map(({ requestName, issuerRef, duration, ...rest }) => ({
        request: { metadata: { name: requestName }, spec: { issuerRef, request: '', duration } },
        withDuration: true,
        ...rest,
      })),
    );
    compare(all, (question, index) => {
      const { requestName, ipAddresses, ...spec } = question;
      const name = orderName(requestName, { ...spec, ipAddresses: ipAddresses.map(canonicalIp) });
      return name === expected[index]?.name ? undefined : { question, name, expected: expected[index] };
    });
  });

  const challenges: readonly [string, fc.Arbitrary<questions.ChallengeQuestion>, number][] = [
    ['the solver that is chosen, and overridden', questions.choices, 0.1],
    ['names of Challenges, with every field of a solver', questions.fields, 0],
  ];
  for (const [name, arbitrary, leastRefused] of challenges) {
    test(name, () => {
      const all = fc.sample(arbitrary, { seed, numRuns: runs });
      const expected = theirs(
        all.map(({ solvers, ...rest }) => ({ ...rest, issuer: { spec: { acme: { server: '', solvers } } } })),
      );
      const refused = expected.filter(({ error }) => error !== undefined).length;
      assert.ok(refused >= all.length * leastRefused && refused < all.length * 0.8, `${refused} of ${runs} refused`);
      compare(all, (question, index) => {
        const answer = ours(question);
        const wanted = expected[index];
        if (answer.kind === 'unsolvable') {
          return answer.message === `${prefix}${wanted?.error}` ? undefined : { question, answer, wanted };
        }
        const [challenge] = answer.challenges;
        const theirSpec = { ...(wanted?.spec ?? ({} as object)), key: challenge?.spec.key };
        const stored = { metadata: { name: wanted?.name }, spec: theirSpec } as never;
        const isSame = challenge !== undefined && wanted?.spec !== undefined && isWanted(stored, challenge);
        return isSame ? undefined : { question, answer, wanted };
      });
    });
  }
});
