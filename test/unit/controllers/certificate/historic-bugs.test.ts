// Bugs that users of cert-manager lived through, by their number in its tracker, where values show them best. Those that need an API server are
// in test/api/historic-bugs.test.ts.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { conditionOf } from '../../../../src/api/conditions.ts';
import { renewalTimeOf } from '../../../../src/controllers/certificate/renewal.ts';
import { CertificateWorld } from '../../../support/certificate-world.ts';

const minute = 60_000;
const hour = 60 * minute;
const day = 24 * hour;

const suspended = (world: CertificateWorld) => conditionOf(world.certificate.status?.conditions, 'IssuanceSuspended');
const time = (text: string) => new Date(text);

/** Lets an issuer answer for `forMs`, looking every `everyMs`; answers how many certificates it had to sign. */
async function live(
  world: CertificateWorld,
  { forMs, everyMs }: { readonly forMs: number; readonly everyMs: number },
  answer: { readonly durationMs?: number; readonly backdatedMs?: number },
): Promise<number> {
  const before = world.certificate.status?.revision ?? 0;
  for (let at = 0; at < forMs; at += everyMs) {
    await world.issue(answer);
    world.advance(everyMs);
  }
  return (world.certificate.status?.revision ?? 0) - before;
}

describe('#1122: an issuer that returns certificates of five minutes', () => {
  it('signs seven on the first day, then six a day', async () => {
    const world = new CertificateWorld({});
    const answer = { durationMs: 5 * minute };
    assert.equal(await live(world, { forMs: day, everyMs: 5 * minute }, answer), 7);
    assert.equal(suspended(world)?.status, 'True');
    assert.ok((await live(world, { forMs: 3 * day, everyMs: hour }, answer)) <= 18);
  });
});

describe('#1786: an issuer that backdates its certificates by an hour', () => {
  for (const [name, renewBefore, most] of [
    ['a renewBefore of all but half an hour of the lifetime is due at once, and stops after six', '2159h30m', 7],
    ['a renewBefore longer than the lifetime counts for nothing', '2160h', 1],
    ['a renewBefore of all but two hours renews every hour, as asked for', '2158h', 24],
  ] as const) {
    it(name, async () => {
      const world = new CertificateWorld({ renewBefore });
      const count = await live(
        world,
        { forMs: day, everyMs: 10 * minute },
        { durationMs: 90 * day, backdatedMs: hour },
      );
      assert.equal(count, most);
    });
  }

  it('says whose fault it is', async () => {
    const world = new CertificateWorld({ renewBefore: '2159h30m' });
    await live(world, { forMs: hour, everyMs: 10 * minute }, { durationMs: 90 * day, backdatedMs: hour });
    assert.match(
      suspended(world)?.message ?? '',
      /because of Renewing: the renewal is due as soon as the certificate is there, since issuer "ca" backdates it or renewBefore is too close to the lifetime\./,
    );
  });
});

describe('#7741: a CA that lives shorter than what is asked of it', () => {
  it('whose certificates are cut to its own end is not asked ever faster', async () => {
    const world = new CertificateWorld({ duration: '2160h' });
    // What is left of the CA is halved by each issuance that is as short as what is left.
    const end = world.now.getTime() + 12 * hour;
    let count = 0;
    for (let at = 0; at < 12 * hour; at += 5 * minute) {
      const before = world.certificate.status?.revision ?? 0;
      await world.issue({ durationMs: Math.max(minute, end - world.now.getTime()) });
      count += (world.certificate.status?.revision ?? 0) - before;
      world.advance(5 * minute);
    }
    assert.ok(count <= 7, `${count} certificates`);
  });

  it('or that has ended is asked again after an hour, then two, then four', async () => {
    const world = new CertificateWorld({});
    const asked: number[] = [];
    const start = world.now.getTime();
    for (let at = 0; at < 8 * hour; at += 10 * minute) {
      await world.settle();
      for (const [name, request] of world.requests) {
        if (request.status?.certificate !== undefined) continue;
        asked.push((world.now.getTime() - start) / hour);
        world.sign(name, { durationMs: hour, backdatedMs: 2 * hour });
      }
      await world.settle();
      world.advance(10 * minute);
    }
    assert.deepEqual(asked, [0, 1, 3, 7]);
    assert.match(
      conditionOf(world.certificate.status?.conditions, 'Issuing')?.message ?? '',
      /already expired certificate .* usually indicates an expired CA certificate in the issuer/,
    );
  });
});

describe('#8947: lifetimes beyond three years, where upstream’s 32 bits of percent overflowed', () => {
  for (const [notAfter, renewBeforePercentage, expected] of [
    ['2029-01-01T00:00:00Z', 50, '2027-07-03T00:00:00.000Z'],
    ['2036-01-01T00:00:00Z', 20, '2033-12-31T14:24:00.000Z'],
    ['2126-01-01T00:00:00Z', 99, '2027-01-01T05:45:36.000Z'],
    ['9999-12-31T23:59:59Z', 50, '6012-12-31T11:59:59.000Z'],
  ] as const) {
    it(`${renewBeforePercentage} % before ${notAfter}`, () => {
      const notBefore = time('2026-01-01T00:00:00Z');
      const renewal = renewalTimeOf({ notBefore, notAfter: time(notAfter) }, { renewBeforePercentage });
      assert.ok(renewal.kind === 'at');
      assert.equal(renewal.at.toISOString(), expected);
    });
  }
});

describe('#8464: a clock that jumps', () => {
  it('forwards, over the renewal and the expiry: one renewal, at once', async () => {
    const world = new CertificateWorld({});
    await world.issue();
    world.advance(200 * day);
    await world.issue();
    assert.equal(world.certificate.status?.revision, 2);
    assert.equal(conditionOf(world.certificate.status?.conditions, 'Ready')?.status, 'True');
    assert.equal(suspended(world), undefined);
  });

  it('backwards, to before the certificate was issued: nothing is issued, and nothing is held back', async () => {
    const world = new CertificateWorld({});
    await world.issue();
    world.advance(-30 * day);
    await world.issue();
    assert.equal(world.certificate.status?.revision, 1);
    world.edit({ dnsNames: ['other.example.com'] });
    await world.issue();
    assert.equal(world.certificate.status?.revision, 2);
  });
});

describe('#9116: a request that was made with a key that has been replaced since', () => {
  it('fails without counting as a failed attempt', async () => {
    const world = new CertificateWorld({});
    await world.settle();
    const [first] = [...world.secrets.keys()];
    world.secrets.delete(first ?? '');
    world.answer(
      'web-1',
      { failureTime: world.now.toISOString() },
      { type: 'Ready', status: 'False', reason: 'Failed', message: 'no' },
    );
    await world.issue();
    const { status } = world.certificate;
    assert.deepEqual(
      [status?.revision, status?.failedIssuanceAttempts, status?.lastFailureTime],
      [1, undefined, undefined],
    );
    assert.deepEqual(
      world.events.filter(({ type }) => type === 'Warning'),
      [],
    );
  });
});

describe('#9038: renewal switched off', () => {
  it('neither renews nor breaks, long after the certificate has expired', async () => {
    const world = new CertificateWorld({ renewal: { policy: 'Disabled' } });
    await world.issue();
    world.advance(400 * day);
    await world.issue();
    assert.equal(world.certificate.status?.revision, 1);
    assert.equal(conditionOf(world.certificate.status?.conditions, 'Ready')?.reason, 'Expired');
  });
});
