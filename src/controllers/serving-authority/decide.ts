// What a replica that serves under a shared CA does next: make a CA, sign itself a leaf, or wait. The same for a first start, a rotation, a
// deleted and a spoilt Secret.
import { type Authority, type AuthoritySecret, isSameAuthority, readAuthority } from './authority.ts';
import { clockToleranceMs } from './certificates.ts';

export interface Seen {
  readonly secret: AuthoritySecret | undefined;
  /** What this replica serves now. */
  readonly serving: Serving | undefined;
}

export interface Serving {
  readonly authority: Authority;
  readonly leaf: { readonly madeAt: Date; readonly notAfter: Date };
}

export type Decision =
  /** Make a CA and store it in the Secret. `former`: whom to bridge from. */
  | { readonly kind: 'found'; readonly former: Authority | undefined; readonly reason: string }
  /** Sign a leaf with this CA and serve it. */
  | { readonly kind: 'serve'; readonly authority: Authority; readonly reason: string }
  | { readonly kind: 'rest'; readonly until: Date };

export function decide({ secret, serving }: Seen, now: Date): Decision {
  const reading = readAuthority(secret);
  if (reading.kind === 'unusable') return { kind: 'found', former: serving?.authority, reason: reading.reason };
  const { authority } = reading;
  const problem = authorityProblem(authority, now);
  if (problem !== undefined) return { kind: 'found', former: authority, reason: problem };
  const reason = leafProblem(authority, serving, now);
  if (reason !== undefined) return { kind: 'serve', authority, reason };
  const times = [renewalTime(authority.certificate), ...(serving === undefined ? [] : [leafRenewalTime(serving)])];
  return { kind: 'rest', until: new Date(Math.min(...times.map((time) => time.getTime()))) };
}

interface Validity {
  readonly notBefore: Date;
  readonly notAfter: Date;
}

/** When two thirds of a life are over. */
export function renewalTime({ notBefore, notAfter }: Validity): Date {
  return new Date(notAfter.getTime() - (notAfter.getTime() - notBefore.getTime()) / 3);
}

/** Counted from when it was made: the time for clocks that are behind is no part of its life. */
function leafRenewalTime({ leaf: { madeAt, notAfter } }: Serving): Date {
  return renewalTime({ notBefore: madeAt, notAfter });
}

function authorityProblem({ certificate }: Authority, now: Date): string | undefined {
  if (certificate.notAfter <= now) return 'the CA has expired';
  if (renewalTime(certificate) <= now) return 'less than a third of the life of the CA is left';
  // Clocks of replicas differ a little; a CA from far in the future verifies nowhere.
  if (certificate.notBefore.getTime() > now.getTime() + clockToleranceMs) return 'the CA is not valid yet';
  return undefined;
}

function leafProblem(authority: Authority, serving: Serving | undefined, now: Date): string | undefined {
  if (serving === undefined) return 'there is none yet';
  if (!isSameAuthority(authority, serving.authority)) return 'the CA has changed';
  if (serving.authority.certificate.pem !== authority.certificate.pem) return 'the certificate of the CA has changed';
  if (leafRenewalTime(serving) <= now) return 'two thirds of its life are over';
  if (serving.leaf.madeAt.getTime() > now.getTime() + clockToleranceMs) return 'the clock was set back';
  return undefined;
}
