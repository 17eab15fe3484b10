// The feature gates of the webhook, as upstream's v1.21 knows them.
import type { Gate } from '../feature-gates.ts';

export const webhookGates = [
  {
    name: 'AdditionalCertificateOutputFormats',
    stage: 'GA',
    since: '1.18',
    default: true,
    description: 'no effect here: spec.additionalOutputFormats is always allowed',
  },
  {
    name: 'DisallowInsecureCSRUsageDefinition',
    stage: 'GA',
    since: '1.15',
    default: true,
    description: 'no effect here: usages of a request and of its CSR must always agree',
  },
  {
    name: 'LiteralCertificateSubject',
    stage: 'beta',
    default: true,
    description: 'spec.literalSubject of Certificates',
  },
  {
    name: 'NameConstraints',
    stage: 'beta',
    since: '1.17',
    default: true,
    description: 'spec.nameConstraints of CA Certificates',
  },
  { name: 'OtherNames', stage: 'beta', since: '1.20', default: true, description: 'spec.otherNames of Certificates' },
] as const satisfies readonly Gate[];

export type WebhookGate = (typeof webhookGates)[number]['name'];
export type WebhookGateValues = Readonly<Record<WebhookGate, boolean>>;
