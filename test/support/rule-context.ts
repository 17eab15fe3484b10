// What the rules of the webhook are told besides the object, for tests of one rule: every gate on, upstream's limits, a creation by a user.
import { defaultPemLimits } from '../../src/pki/limits.ts';
import type { RuleContext, WebhookGates } from '../../src/webhook/kind-rules.ts';

export function aRuleContext(gates: Partial<WebhookGates> = {}): RuleContext {
  return {
    gates: { LiteralCertificateSubject: true, NameConstraints: true, OtherNames: true, ...gates },
    limits: defaultPemLimits,
    request: {
      uid: 'uid-of-review',
      kind: { group: 'cert-manager.io', version: 'v1', kind: 'Certificate' },
      resource: { group: 'cert-manager.io', version: 'v1', resource: 'certificates' },
      operation: 'CREATE',
      userInfo: { username: 'jane' },
    },
  };
}
