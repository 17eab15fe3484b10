// How the webhook is registered with the API server: what the chart renders, and what startup checks and cmctl look for. Data alone.
import { acmeGroup, certManagerGroup } from '../api/references.ts';

export interface Registration {
  /** Of the one webhook in the configuration. `check api` matches on it. */
  readonly name: string;
  readonly path: string;
  readonly rules: readonly {
    readonly apiGroups: readonly string[];
    readonly apiVersions: readonly string[];
    readonly operations: readonly ('CREATE' | 'UPDATE')[];
    readonly resources: readonly string[];
  }[];
  readonly admissionReviewVersions: readonly ['v1'];
  readonly matchPolicy: 'Equivalent';
  readonly failurePolicy: 'Fail';
  readonly sideEffects: 'None';
  readonly timeoutSeconds: number;
  readonly namespaceSelector?: {
    readonly matchExpressions: readonly {
      readonly key: string;
      readonly operator: 'NotIn';
      readonly values: readonly string[];
    }[];
  };
}

const both = {
  name: 'webhook.cert-manager.io',
  admissionReviewVersions: ['v1'],
  matchPolicy: 'Equivalent',
  failurePolicy: 'Fail',
  sideEffects: 'None',
  timeoutSeconds: 30,
} as const;

/** Stamps the requester's identity. */
export const mutating: Registration = {
  ...both,
  path: '/mutate',
  rules: [
    {
      apiGroups: [certManagerGroup],
      apiVersions: ['v1'],
      operations: ['CREATE'],
      resources: ['certificaterequests'],
    },
  ],
};

/** Subresources included: a write to a status is looked at like any other. */
export const validating: Registration = {
  ...both,
  path: '/validate',
  rules: [
    {
      apiGroups: [certManagerGroup, acmeGroup],
      apiVersions: ['v1'],
      operations: ['CREATE', 'UPDATE'],
      resources: ['*/*'],
    },
  ],
  namespaceSelector: {
    matchExpressions: [{ key: 'cert-manager.io/disable-validation', operator: 'NotIn', values: ['true'] }],
  },
};
