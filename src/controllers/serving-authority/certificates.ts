// The certificates around a serving CA: its own, the bridge from the CA before it, the leaf that is served. Bytes from values; keys are made
// and kept elsewhere.
import type { KeyObject } from 'node:crypto';
import { isIP } from 'node:net';
import { type CertificateTemplate, decodeCertificates, signCertificate } from '../../pki/certificate.ts';
import { subjectAltNameExtension } from '../../pki/csr.ts';
import { encodeName, subjectOf } from '../../pki/distinguished-name.ts';
import { subjectKeyIdOf } from '../../pki/extensions.ts';
import { encodeGeneralNames, generalNamesOf } from '../../pki/general-names.ts';
import { usagesOf } from '../../pki/key-usage.ts';
import { keyFactsOf, spkiOf } from '../../pki/keys.ts';
import { defaultPemLimits } from '../../pki/limits.ts';
import { decodePublicKey } from '../../pki/public-key.ts';
import { type Authority, isSameAuthority, mostBridges } from './authority.ts';

/** As upstream's, for every component. */
const authorityName = encodeName(subjectOf(undefined, 'cert-manager-webhook-ca'));
export const authorityLifetimeMs = 365 * 24 * 3600 * 1000;
/** Certificates are valid a little before they are made: the clock of whoever verifies may be behind ours. */
export const clockToleranceMs = 5 * 60_000;

const authorityUsages = usagesOf(['digital signature', 'key encipherment', 'cert sign'], true);
const leafUsages = usagesOf(['digital signature', 'key encipherment', 'server auth'], false);

/** A self-signed CA for `key`. */
export function newAuthority(key: KeyObject, now: Date, lifetimeMs = authorityLifetimeMs): Authority {
  const facts = keyFactsOf(key);
  const spki = spkiOf(key);
  const identity = { key, facts, subjectDer: authorityName, ski: subjectKeyIdOf(decodePublicKey(spki).bits) };
  const pem = signCertificate(
    {
      ...authorityTemplate(spki, authorityName),
      notBefore: seconds(now.getTime() - clockToleranceMs),
      notAfter: seconds(now.getTime() + lifetimeMs),
    },
    identity,
  );
  return { identity, certificate: parse(pem), bridges: [] };
}

/**
 * `authority` with bridges that lead to `former`, so that whoever trusts that one only verifies its leaves, too. `authority` itself where it
 * has them, where there is nothing to bridge, or where `former` has expired or is none that was made for serving.
 */
export function bridged(authority: Authority, former: Authority | undefined, now: Date): Authority {
  if (former === undefined || isSameAuthority(authority, former) || former.certificate.notAfter <= now)
    return authority;
  // One that somebody put there may be trusted for more than our webhook. It must not vouch for a CA whose key lies in a Secret of ours.
  if (Buffer.compare(former.certificate.subjectDer, authorityName) !== 0) return authority;
  const { ski } = former.certificate;
  if (ski === undefined || authority.certificate.ski === undefined) return authority;
  if (authority.bridges.some(({ aki }) => aki !== undefined && Buffer.compare(aki, ski) === 0)) return authority;
  const { spki, subjectDer, notAfter } = authority.certificate;
  const pem = signCertificate(
    {
      ...authorityTemplate(spki, subjectDer),
      notBefore: seconds(Math.max(now.getTime() - clockToleranceMs, former.certificate.notBefore.getTime())),
      notAfter: new Date(Math.min(notAfter.getTime(), former.certificate.notAfter.getTime())),
      // Both have the same name: without it the bridge would look like a root.
      authorityKeyId: ski,
    },
    former.identity,
  );
  return { ...authority, bridges: [...authority.bridges, parse(pem), ...former.bridges].slice(0, mostBridges) };
}

export interface LeafWish {
  /** DNS names, and IP addresses. */
  readonly names: readonly string[];
  /** A minute at least counts: a shorter life would be spent on making the next one. */
  readonly lifetimeMs: number;
}

const leastLifetimeMs = 60_000;

export interface Leaf {
  /** PEM: the leaf, then the bridges of its CA that are still valid. */
  readonly chain: string;
  /** When it was made; it is valid from a little before. */
  readonly madeAt: Date;
  readonly notAfter: Date;
}

/** A serving certificate for `key`, without a subject, never longer valid than its CA. */
export function leafFor(key: KeyObject, authority: Authority, wish: LeafWish, now: Date): Leaf {
  const { certificate, identity, bridges } = authority;
  const addresses = wish.names.filter((name) => isIP(name) !== 0);
  const dnsNames = wish.names.filter((name) => isIP(name) === 0);
  const names = generalNamesOf({ dnsNames, ipAddresses: addresses });
  const notBefore = seconds(Math.max(now.getTime() - clockToleranceMs, certificate.notBefore.getTime()));
  const lifetimeMs = Math.max(wish.lifetimeMs, leastLifetimeMs);
  const notAfter = seconds(Math.min(now.getTime() + lifetimeMs, certificate.notAfter.getTime()));
  const pem = signCertificate(
    {
      subjectDer: encodeName([]),
      spki: spkiOf(key),
      notBefore,
      notAfter,
      isCA: false,
      keyUsage: leafUsages.bits,
      extKeyUsage: leafUsages.oids,
      subjectAltName: subjectAltNameExtension(encodeGeneralNames(names), true),
    },
    identity,
  );
  const valid = bridges.filter((bridge) => bridge.notAfter > now);
  return { chain: pem + valid.map((bridge) => bridge.pem).join(''), madeAt: now, notAfter };
}

function authorityTemplate(
  spki: Uint8Array,
  subjectDer: Uint8Array,
): Omit<CertificateTemplate, 'notBefore' | 'notAfter'> {
  const { bits, oids } = authorityUsages;
  return { subjectDer, spki, isCA: true, keyUsage: bits, extKeyUsage: oids };
}

function seconds(ms: number): Date {
  return new Date(Math.floor(ms / 1000) * 1000);
}

function parse(pem: string) {
  return decodeCertificates(pem, defaultPemLimits.certificateBytes)[0]!;
}
