// Builders of CertificateRequests and issuers as the store holds them: say what matters, the rest is plausible. Deeply frozen.
import type { CertificateRequest, CertificateRequestSpec } from '../../src/api/certificate-request.ts';
import type { Condition } from '../../src/api/conditions.ts';
import type { Issuer, IssuerSpec } from '../../src/api/issuer.ts';

export const someTime = new Date('2026-11-22T19:00:00Z');
export const someTimeText = '2026-11-22T19:00:00Z';

export interface RequestTraits {
  readonly name?: string;
  readonly namespace?: string;
  readonly uid?: string;
  readonly annotations?: Record<string, string>;
  readonly deletionTimestamp?: string;
  readonly creationTimestamp?: string;
  readonly spec?: Partial<CertificateRequestSpec>;
  readonly conditions?: readonly Condition[];
  readonly status?: CertificateRequest['status'];
}

export function aRequest(traits: RequestTraits = {}): CertificateRequest {
  const name = traits.name ?? 'web-1';
  const { conditions } = traits;
  return deepFreeze({
    apiVersion: 'cert-manager.io/v1',
    kind: 'CertificateRequest',
    metadata: {
      name,
      namespace: traits.namespace ?? 'app',
      uid: traits.uid ?? `uid-${name}`,
      resourceVersion: '1',
      generation: 1,
      creationTimestamp: traits.creationTimestamp ?? someTimeText,
      ...(traits.annotations === undefined ? {} : { annotations: traits.annotations }),
      ...(traits.deletionTimestamp === undefined ? {} : { deletionTimestamp: traits.deletionTimestamp }),
    },
    spec: { issuerRef: { name: 'ca' }, request: Buffer.from('a CSR').toString('base64'), ...traits.spec },
    ...(conditions === undefined && traits.status === undefined
      ? {}
      : { status: { ...traits.status, ...(conditions === undefined ? {} : { conditions: [...conditions] }) } }),
  } as CertificateRequest);
}

export interface IssuerTraits {
  readonly kind?: 'Issuer' | 'ClusterIssuer';
  readonly name?: string;
  readonly namespace?: string;
  readonly generation?: number;
  readonly deletionTimestamp?: string;
  readonly spec?: IssuerSpec;
  readonly conditions?: readonly Condition[];
  readonly status?: Issuer['status'];
}

export function anIssuer(traits: IssuerTraits = {}): Issuer {
  const kind = traits.kind ?? 'Issuer';
  const { conditions } = traits;
  return deepFreeze({
    apiVersion: 'cert-manager.io/v1',
    kind,
    metadata: {
      name: traits.name ?? 'ca',
      ...(kind === 'Issuer' ? { namespace: traits.namespace ?? 'app' } : {}),
      uid: `uid-${traits.name ?? 'ca'}`,
      resourceVersion: '1',
      generation: traits.generation ?? 1,
      creationTimestamp: someTimeText,
      ...(traits.deletionTimestamp === undefined ? {} : { deletionTimestamp: traits.deletionTimestamp }),
    },
    spec: traits.spec ?? { ca: { secretName: 'ca-key-pair' } },
    ...(conditions === undefined && traits.status === undefined
      ? {}
      : { status: { ...traits.status, ...(conditions === undefined ? {} : { conditions: [...conditions] }) } }),
  } as Issuer);
}

export function aCondition(type: string, status: 'True' | 'False', reason: string, message?: string): Condition {
  return { type, status, reason, ...(message === undefined ? {} : { message }), lastTransitionTime: someTimeText };
}

/** Freezes what is not frozen yet, all the way down. */
export function deepFreeze<T>(value: T): T {
  if (typeof value !== 'object' || value === null || Object.isFrozen(value) || ArrayBuffer.isView(value)) return value;
  Object.freeze(value);
  for (const member of Object.values(value)) deepFreeze(member);
  return value;
}
