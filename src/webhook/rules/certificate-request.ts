// The rules of CertificateRequests: what may be asked for, and that nothing of it changes afterwards. Who asks, and who may approve, is the
// business of the webhook's identity.ts and approval.ts; the shape of a decision is approval-conditions.ts'.
import type { CertificateRequest } from '../../api/certificate-request.ts';
import { acmeGroup, certManagerGroup } from '../../api/references.ts';
import { DecodeError } from '../../base/errors.ts';
import { requireConsistency } from '../../pki/certificate.ts';
import { type Csr, decodeCsr, verifyCsr } from '../../pki/csr.ts';
import { type Usages, usagesOf } from '../../pki/key-usage.ts';
import type { PemLimits } from '../../pki/limits.ts';
import { approvalChangeErrors, approvalShapeErrors, conditionsOf } from '../approval-conditions.ts';
import { type FieldError, forbidden, invalid, required } from '../findings.ts';
import type { KindRules } from '../kind-rules.ts';
import { durationTextErrors } from './certificate-renewal.ts';
import { issuerReferenceErrors } from './issuer-reference.ts';
import { itemsOf, type Members, membersOf, textOf } from './members.ts';
import { readsSame } from './unchanged.ts';

export const certificateRequestRules: KindRules<CertificateRequest> = {
  create(request, { limits }) {
    const spec = membersOf(request.spec) ?? {};
    return {
      errors: [
        ...issuerReferenceErrors(spec['issuerRef'], 'spec.issuerRef'),
        ...durationTextErrors(spec['duration'], 'spec.duration'),
        ...contentErrors(spec, limits),
        ...approvalShapeErrors(conditionsOf(request)),
      ],
    };
  },
  update(before, request) {
    return {
      errors: [
        ...annotationErrors(before, request),
        ...approvalChangeErrors(conditionsOf(before), conditionsOf(request)),
        ...(readsSame(before.spec, request.spec) ? [] : [forbidden('spec', 'cannot change spec after creation')]),
      ],
    };
  },
};

const requestPath = 'spec.request';

/** The first thing that is wrong with the CSR, or with what the spec says about it. */
function contentErrors(spec: Members, limits: PemLimits): FieldError[] {
  const pem = Buffer.from(textOf(spec['request']), 'base64');
  if (pem.length === 0) return [required(requestPath, 'must be specified')];
  const isCA = spec['isCA'] === true;
  const asked = itemsOf(spec['usages']);
  const usages = attempt(() => usagesOf(asked.map(textOf), isCA));
  if (usages.kind === 'bad') return [invalid('spec.usages', asked, usages.problem)];
  const problem = csrProblem(pem, usages.value, isCA, limits);
  return problem === undefined ? [] : [invalid(requestPath, shortened(pem), problem)];
}

function csrProblem(pem: Buffer, usages: Usages, isCA: boolean, limits: PemLimits): string | undefined {
  const csr = attempt(() => decodeCsr(pem, limits));
  if (csr.kind === 'bad') return csr.problem;
  if (!verifyCsr(csr.value)) return signatureProblem(csr.value);
  const consistent = attempt(() => requireConsistency(csr.value, usages, isCA));
  return consistent.kind === 'bad' ? consistent.problem : undefined;
}

/** What Go's crypto/x509 says of a signature that is not one of the key in the CSR. */
function signatureProblem({ keyFacts }: Csr): string {
  switch (keyFacts?.algorithm) {
    case 'RSA':
      return 'crypto/rsa: verification error';
    case 'ECDSA':
      return 'x509: ECDSA verification failure';
    case 'Ed25519':
      return 'x509: Ed25519 verification failure';
    default:
      return 'x509: cannot verify signature: algorithm unimplemented';
  }
}

type Attempt<T> = { readonly kind: 'ok'; readonly value: T } | { readonly kind: 'bad'; readonly problem: string };

function attempt<T>(read: () => T): Attempt<T> {
  try {
    return { kind: 'ok', value: read() };
  } catch (error) {
    if (!(error instanceof DecodeError)) throw error;
    return { kind: 'bad', problem: error.message };
  }
}

const longestShown = 100;

function shortened(pem: Buffer): string {
  if (pem.length <= longestShown) return pem.toString();
  return `${pem.subarray(0, longestShown - 3).toString()}...`;
}

/** Controllers act by these annotations while they work on a request, so that nobody may change them under their hands. */
function annotationErrors(before: CertificateRequest, after: CertificateRequest): FieldError[] {
  const [former, present] = [before, after].map(({ metadata }) => membersOf(metadata?.annotations) ?? {}) as [
    Members,
    Members,
  ];
  const keys = new Set([...Object.keys(former), ...Object.keys(present)].filter(isOurs));
  return [...keys]
    .filter((key) => former[key] !== present[key])
    .map((key) => forbidden(`metadata.annotations.${key}`, 'cannot change cert-manager annotation after creation'));
}

/** By prefix alone, without a slash: upstream's rule. */
const isOurs = (key: string): boolean => key.startsWith(certManagerGroup) || key.startsWith(acmeGroup);
