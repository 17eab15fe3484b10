// The list of our kinds: where they are served, what they are called, what kubectl shows of them, and their schemas. Client paths,
// watches, CRDs and the reference come from it.

import type { z } from 'zod';
import { certificateSpec, certificateStatus } from './certificate.ts';
import { certificateRequestSpec, certificateRequestStatus } from './certificate-request.ts';
import { certificateSpecRules } from './certificate-rules.ts';
import { challengeSpec, challengeStatus } from './challenge.ts';
import { issuerSpec, issuerStatus } from './issuer.ts';
import { issuerSpecRules } from './issuer-rules.ts';
import type { ResourceType } from './meta.ts';
import { orderSpec, orderStatus } from './order.ts';
import type { PlacedRule } from './placed-rules.ts';
import { certificateRequestRules, challengeRules, orderRules } from './request-rules.ts';
import * as served from './served-kinds.ts';

export interface PrinterColumn {
  readonly name: string;
  readonly type: 'string' | 'date';
  readonly jsonPath: string;
  /** 1: only shown with `-o wide`. */
  readonly priority?: number;
}

export interface Kind extends ResourceType {
  readonly singular: string;
  readonly shortNames: readonly string[];
  readonly categories: readonly string[];
  readonly printerColumns: readonly PrinterColumn[];
  /** JSON paths that field selectors may name. */
  readonly selectableFields: readonly string[];
  /** Which top-level members the API server insists on. */
  readonly required: readonly ('metadata' | 'spec')[];
  readonly description: string;
  readonly spec: z.ZodType;
  readonly status: z.ZodType;
  /** What the API server itself asks of spec and status beyond their shape. */
  readonly rules: readonly PlacedRule[];
}

const conditionStatus = (name: string): PrinterColumn => ({
  name,
  type: 'string',
  jsonPath: `.status.conditions[?(@.type == "${name}")].status`,
});
const statusMessage: PrinterColumn = {
  name: 'Status',
  type: 'string',
  jsonPath: '.status.conditions[?(@.type == "Ready")].message',
  priority: 1,
};
const age: PrinterColumn = { name: 'Age', type: 'date', jsonPath: '.metadata.creationTimestamp' };
const column = (name: string, jsonPath: string): PrinterColumn => ({ name, type: 'string', jsonPath });
const wide = (name: string, jsonPath: string): PrinterColumn => ({ ...column(name, jsonPath), priority: 1 });
const issuerPath = '.spec.issuerRef.name';
const byIssuer = ['.spec.issuerRef.group', '.spec.issuerRef.kind', issuerPath];

const core = { categories: ['cert-manager'] };
const acme = { categories: ['cert-manager', 'cert-manager-acme'], shortNames: [] };

export const certificates: Kind = {
  ...served.certificates,
  ...core,
  singular: 'certificate',
  shortNames: ['cert', 'certs'],
  printerColumns: [
    conditionStatus('Ready'),
    column('Secret', '.spec.secretName'),
    wide('Issuer', issuerPath),
    statusMessage,
    age,
  ],
  selectableFields: byIssuer,
  required: [],
  description:
    'A Certificate asks for a private key and an X.509 certificate in a Secret, kept up to date: issued when it is applied, re-issued when it is changed, renewed before it expires.',
  spec: certificateSpec,
  status: certificateStatus,
  rules: certificateSpecRules,
};

export const certificateRequests: Kind = {
  ...served.certificateRequests,
  ...core,
  singular: 'certificaterequest',
  shortNames: ['cr', 'crs'],
  printerColumns: [
    conditionStatus('Approved'),
    conditionStatus('Denied'),
    conditionStatus('Ready'),
    column('Issuer', issuerPath),
    column('Requester', '.spec.username'),
    statusMessage,
    age,
  ],
  selectableFields: byIssuer,
  required: [],
  description:
    'A CertificateRequest asks an issuer to sign one certificate signing request. It is signed once approved, and ends in success or failure for good. Certificates make them; people seldom need to.',
  spec: certificateRequestSpec,
  status: certificateRequestStatus,
  rules: certificateRequestRules,
};

const anyIssuer = {
  ...core,
  printerColumns: [conditionStatus('Ready'), statusMessage, age],
  selectableFields: [],
  required: ['spec'],
  spec: issuerSpec,
  status: issuerStatus,
  rules: issuerSpecRules,
} as const;

export const issuers: Kind = {
  ...served.issuers,
  ...anyIssuer,
  singular: 'issuer',
  shortNames: ['iss'],
  description: 'An Issuer signs the certificates of its own namespace.',
};

export const clusterIssuers: Kind = {
  ...served.clusterIssuers,
  ...anyIssuer,
  singular: 'clusterissuer',
  shortNames: ['ciss'],
  description:
    'A ClusterIssuer signs the certificates of all namespaces. The Secrets it names stand in the cluster resource namespace.',
};

export const orders: Kind = {
  ...served.orders,
  ...acme,
  singular: 'order',
  printerColumns: [column('State', '.status.state'), wide('Issuer', issuerPath), wide('Reason', '.status.reason'), age],
  selectableFields: byIssuer,
  required: ['metadata', 'spec'],
  description: 'An Order follows one order at an ACME server. Requests to an ACME issuer make them.',
  spec: orderSpec,
  status: orderStatus,
  rules: orderRules,
};

export const challenges: Kind = {
  ...served.challenges,
  ...acme,
  singular: 'challenge',
  printerColumns: [
    column('State', '.status.state'),
    column('Domain', '.spec.dnsName'),
    wide('Reason', '.status.reason'),
    age,
  ],
  selectableFields: byIssuer,
  required: ['metadata', 'spec'],
  description: 'A Challenge proves to an ACME server that we control one name. Orders make them.',
  spec: challengeSpec,
  status: challengeStatus,
  rules: challengeRules,
};

export const kinds: readonly Kind[] = [certificates, certificateRequests, issuers, clusterIssuers, orders, challenges];
