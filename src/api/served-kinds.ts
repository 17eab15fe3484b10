// Where our kinds are served, without their schemas: for who talks about objects and does not read them by schema. kinds.ts has all of it;
// a process that loads no schema is five megabytes smaller.
import type { ResourceType } from './meta.ts';
import { acmeGroup, certManagerGroup } from './references.ts';

const served = (group: string, kind: string, plural: string, namespaced = true): ResourceType => ({
  group,
  version: 'v1',
  kind,
  plural,
  namespaced,
});

export const certificates = served(certManagerGroup, 'Certificate', 'certificates');
export const certificateRequests = served(certManagerGroup, 'CertificateRequest', 'certificaterequests');
export const issuers = served(certManagerGroup, 'Issuer', 'issuers');
export const clusterIssuers = served(certManagerGroup, 'ClusterIssuer', 'clusterissuers', false);
export const orders = served(acmeGroup, 'Order', 'orders');
export const challenges = served(acmeGroup, 'Challenge', 'challenges');

export const servedKinds: readonly ResourceType[] = [
  certificates,
  certificateRequests,
  issuers,
  clusterIssuers,
  orders,
  challenges,
];
