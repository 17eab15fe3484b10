// The rules and backends that the tests of this folder share: backends that are only looked at, never asked.
import type { Condition } from '../../../../src/api/conditions.ts';
import type { RequestRules } from '../../../../src/controllers/request/seen.ts';
import type { AnyBackend } from '../../../../src/issuers/backend.ts';
import { defaultPemLimits } from '../../../../src/pki/limits.ts';
import { someTimeText } from '../../../support/request-builders.ts';

export const now = new Date('2026-11-22T19:01:00Z');
export const nowText = '2026-11-22T19:01:00Z';

export const approvedBefore: Condition = {
  type: 'Approved',
  status: 'True',
  reason: 'cert-manager.io',
  message: 'Certificate request has been approved by cert-manager.io',
  lastTransitionTime: someTimeText,
};

export function backends(local: boolean): readonly AnyBackend[] {
  const of = (type: string): AnyBackend => ({
    type,
    requestController: `certificaterequests-issuer-${type.toLowerCase()}`,
    local,
    undecodableHint: 'look at the Secret',
    config: (issuer) => issuer.spec,
    references: () => [],
    check: () => Promise.reject(new Error('not here')),
    sign: () => Promise.reject(new Error('not here')),
  });
  return [of('ca'), of('selfSigned')];
}

export function rulesWith(
  change: { approver?: boolean; local?: boolean; enabled?: readonly string[] } = {},
): RequestRules {
  return {
    backends: backends(change.local ?? true),
    enabledBackends: new Set(change.enabled ?? ['ca', 'selfSigned']),
    approver: change.approver ?? true,
    limits: defaultPemLimits,
  };
}

/** A self-signed certificate: any that decodes will do. */
export const aCertificatePem = `-----BEGIN CERTIFICATE-----
MIIBcTCCARegAwIBAgIUQWcxB79H9Er5PcDWLPr48r/kElUwCgYIKoZIzj0EAwIw
DjEMMAoGA1UEAwwDYW55MB4XDTI2MTEyMjIwMDQwNVoXDTM2MTExOTIwMDQwNVow
DjEMMAoGA1UEAwwDYW55MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAE9wgx5VxU
v0iGMWdIOgKXgn9mj49dS5lztqojyZ6Tee9WOX1SU6Uvrn+LHd5PbkIxGQ2QxjaH
FFPa/snz5rYxf6NTMFEwHQYDVR0OBBYEFFSPskh8rbMlYxqiTVhyIwc04ugXMB8G
A1UdIwQYMBaAFFSPskh8rbMlYxqiTVhyIwc04ugXMA8GA1UdEwEB/wQFMAMBAf8w
CgYIKoZIzj0EAwIDSAAwRQIhALVyZo4UE+5wz6bEnwTFxGqmFB+8wQ4qWa8RhVa9
Cq9rAiBoxWN530gWY8u6RAhLdh85XY3Gt7PspOMsP7ntCUFvSA==
-----END CERTIFICATE-----
`;
