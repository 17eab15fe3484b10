// The seam between the webhook and the rules of one kind. Rules are pure: what they need to know comes with the context.
import type { KubeObject } from '../api/meta.ts';
import type { PemLimits } from '../pki/limits.ts';
import type { Findings } from './findings.ts';
import type { AdmissionRequest } from './review.ts';

/** The feature gates that a rule may ask for (components.md section 5, webhook). */
export interface WebhookGates {
  readonly LiteralCertificateSubject: boolean;
  readonly NameConstraints: boolean;
  readonly OtherNames: boolean;
}

export interface RuleContext {
  readonly gates: WebhookGates;
  readonly limits: PemLimits;
  readonly request: AdmissionRequest;
}

/**
 * What is asked of the objects of one kind. The objects have passed the schema of their CRD where the API server checks it, but not where a
 * namespace's object is older than the schema: a rule must not throw on a member of the wrong type. An absent rule finds nothing.
 */
export interface KindRules<T extends KubeObject> {
  create?(object: T, context: RuleContext): Findings;
  update?(before: T, object: T, context: RuleContext): Findings;
}
