// The list of rules: one line a kind.
import type { KubeObject } from '../../api/meta.ts';
import type { KindRules } from '../kind-rules.ts';
import { certificateRules } from './certificate.ts';
import { certificateRequestRules } from './certificate-request.ts';
import { challengeRules } from './challenge.ts';
import { issuerRules } from './issuer.ts';
import { orderRules } from './order.ts';

const rules: ReadonlyMap<string, KindRules<KubeObject>> = new Map<string, KindRules<KubeObject>>([
  ['Certificate', certificateRules],
  ['CertificateRequest', certificateRequestRules],
  ['Issuer', issuerRules],
  ['ClusterIssuer', issuerRules],
  ['Order', orderRules],
  ['Challenge', challengeRules],
]);

/** The rules of a kind by its name; undefined for kinds that are not ours. */
export function rulesOf(kind: string): KindRules<KubeObject> | undefined {
  return rules.get(kind);
}
