// The feature gates of the controller, as upstream's v1.21 knows them.
import { certificateFieldGates, type Gate } from '../feature-gates.ts';

export const controllerGates = [
  {
    name: 'ACMEHTTP01IngressPathTypeExact',
    stage: 'beta',
    since: '1.18.1',
    default: true,
    description: 'HTTP01 solver Ingresses use path type Exact',
  },
  {
    name: 'ACMEUseARI',
    stage: 'alpha',
    since: '1.21',
    default: true,
    description: 'ACME servers are asked when to renew (RFC 9773)',
  },
  {
    name: 'AdditionalCertificateOutputFormats',
    stage: 'GA',
    since: '1.18',
    default: true,
    description: 'DER and combined PEM in the target Secret',
  },
  {
    name: 'DefaultPrivateKeyRotationPolicyAlways',
    stage: 'GA',
    since: '1.20',
    default: true,
    description: 'a new private key for every issuance unless said otherwise',
  },
  {
    name: 'DisallowInsecureCSRUsageDefinition',
    stage: 'GA',
    since: '1.15',
    default: true,
    description: 'usages of a request and of its CSR must agree',
  },
  {
    name: 'ExperimentalCertificateSigningRequestControllers',
    stage: 'alpha',
    since: '1.4',
    default: false,
    description: 'sign Kubernetes CertificateSigningRequests',
  },
  {
    name: 'ExperimentalGatewayAPISupport',
    stage: 'beta',
    since: '1.15',
    default: true,
    description: 'Gateway API, where --enable-gateway-api is set too',
  },
  { name: 'ListenerSets', stage: 'alpha', since: '1.20', default: false, description: 'Gateway API ListenerSets' },
  ...certificateFieldGates,
  {
    name: 'SecretsFilteredCaching',
    stage: 'beta',
    since: '1.13',
    default: true,
    description: 'no effect here: only Secrets of Certificates are ever watched in full',
  },
  {
    name: 'ServerSideApply',
    stage: 'alpha',
    since: '1.8',
    default: false,
    description: 'no effect here: target Secrets are always applied, status is always put',
  },
  {
    name: 'StableCertificateRequestName',
    stage: 'beta',
    since: '1.13',
    default: true,
    description: 'request names follow from Certificate and revision',
  },
  {
    name: 'UseCertificateRequestBasicConstraints',
    stage: 'alpha',
    since: '1.11',
    default: false,
    description: 'CSRs ask for basic constraints',
  },
  {
    name: 'UseDomainQualifiedFinalizer',
    stage: 'GA',
    since: '1.18',
    default: true,
    description: 'finalizers with a path in their name',
  },
  { name: 'ValidateCAA', stage: 'removed', default: false, description: 'no effect' },
] as const satisfies readonly Gate[];

export type ControllerGate = (typeof controllerGates)[number]['name'];
export type ControllerGateValues = Readonly<Record<ControllerGate, boolean>>;
