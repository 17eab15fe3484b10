// The feature gates of the webhook, as upstream's v1.21 knows them.
import { certificateFieldGates, type Gate } from '../feature-gates.ts';

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
  ...certificateFieldGates,
] as const satisfies readonly Gate[];

export type WebhookGate = (typeof webhookGates)[number]['name'];
export type WebhookGateValues = Readonly<Record<WebhookGate, boolean>>;
