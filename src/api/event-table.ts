// Every reason with which the controllers write an event on an object, who writes it and what it means. scripts/gen.ts makes the page
// docs/reference/events.md of it; a test finds reasons that are missing here. The messages live with the rules.
import { components } from './components.ts';

export interface EventEntry {
  readonly on: string;
  /** The component that users see as the source; `<type>` stands for each type of issuer. */
  readonly by: string;
  readonly type: 'Normal' | 'Warning';
  readonly reason: string;
  readonly meaning: string;
}

const requestIssuer = 'cert-manager-certificaterequests-issuer-<type>';
const ofType = (type: 'acme' | 'ca' | 'selfsigned') => components.requestIssuer(type);

const certificate = [
  [components.trigger, 'Normal', 'Issuing', 'An issuance begins; the message says why.'],
  [
    components.trigger,
    'Warning',
    'WindowError',
    'spec.renewal names no window that can be used; the renewal ignores it.',
  ],
  [
    components.readiness,
    'Warning',
    'ARIError',
    'The ACME server could not be asked when to renew; the schedule of the spec goes on, and the server is asked again.',
  ],
  [
    components.keyManager,
    'Normal',
    'Generated',
    'A new private key was made and kept in a Secret until the issuance ends.',
  ],
  [components.keyManager, 'Normal', 'Reused', 'The private key of the target Secret is used again.'],
  [components.keyManager, 'Normal', 'Deleted', 'A next private key that does not fit the spec any more was removed.'],
  [
    components.keyManager,
    'Warning',
    'DecodeFailed',
    'The private key of the target Secret cannot be read; a new one is made.',
  ],
  [
    components.keyManager,
    'Warning',
    'CannotRegenerateKey',
    'The key in the target Secret does not fit the spec, and rotationPolicy Never forbids a new one.',
  ],
  [components.requestManager, 'Normal', 'Requested', 'A CertificateRequest was made.'],
  [components.requestManager, 'Warning', 'RequestFailed', 'No CertificateRequest can be made; the message says why.'],
  [components.issuing, 'Normal', 'Issuing', 'The Secret was written, with a certificate or with a temporary one.'],
  [
    components.issuing,
    'Warning',
    'Failed',
    'The request failed; it will be tried again after a back-off. The reason is that of the request, so approvers and external issuers may bring their own.',
  ],
  [components.issuing, 'Warning', 'Denied', 'An approver denied the request; it will be tried again after a back-off.'],
  [
    components.issuing,
    'Warning',
    'InvalidRequest',
    'The request was found invalid; it will be tried again after a back-off.',
  ],
  [
    components.issuing,
    'Warning',
    'InvalidCertificate',
    'The issuer returned no certificate, one that has expired, or one of another key; it will be tried again after a back-off.',
  ],
  [
    components.issuing,
    'Warning',
    'KeystorePasswordSecretNotFound',
    'The Secret with the password of a keystore does not exist; the certificate is stored once it does.',
  ],
  [components.readiness, 'Warning', 'WindowError', 'No renewal time can be computed from spec.renewal.'],
] as const;

const certificateRequest = [
  [components.approver, 'Normal', 'cert-manager.io', 'The built-in approver approved the request.'],
  [
    components.approver,
    'Warning',
    'ApprovalRefused',
    'The API server did not let the built-in approver approve the request.',
  ],
  [requestIssuer, 'Normal', 'WaitingForApproval', 'Nobody has approved the request yet.'],
  [requestIssuer, 'Normal', 'IssuerNotFound', 'The issuer does not exist, or cannot be reached from here.'],
  [requestIssuer, 'Normal', 'IssuerTypeMissing', 'The issuer has no type.'],
  [requestIssuer, 'Normal', 'IssuerNotReady', 'The issuer is not ready.'],
  [requestIssuer, 'Normal', 'CertificateIssued', 'The certificate stands in the status.'],
  [requestIssuer, 'Normal', 'SigningDelayed', 'Signing failed for a reason that may pass; it is tried again.'],
  [requestIssuer, 'Warning', 'SigningError', 'The request cannot be signed. Final.'],
  [requestIssuer, 'Warning', 'DecodeError', 'What the issuer returned is not a certificate. Final.'],
  [ofType('ca'), 'Normal', 'SecretMissing', 'The Secret of the CA does not exist.'],
  [ofType('ca'), 'Normal', 'SecretGetError', 'The Secret of the CA cannot be read.'],
  [ofType('ca'), 'Normal', 'SecretInvalidData', 'The Secret of the CA has no usable key pair.'],
  [
    ofType('selfsigned'),
    'Warning',
    'MissingAnnotation',
    'The request does not name the Secret with its private key. Final.',
  ],
  [ofType('selfsigned'), 'Normal', 'MissingSecret', 'The Secret with the private key does not exist.'],
  [ofType('selfsigned'), 'Normal', 'ErrorGettingSecret', 'The Secret with the private key cannot be read.'],
  [ofType('selfsigned'), 'Normal', 'ErrorParsingKey', 'The Secret has no private key that can be read.'],
  [
    ofType('selfsigned'),
    'Warning',
    'ErrorGenerating',
    'The request asks for something that no certificate can have. Final.',
  ],
  [ofType('selfsigned'), 'Warning', 'ErrorKeyMatch', 'The private key is not that of the request. Final.'],
  [ofType('selfsigned'), 'Warning', 'ErrorSigning', 'Signing failed. Final.'],
  [
    ofType('selfsigned'),
    'Warning',
    'BadConfig',
    'The certificate has no issuer name, because the request has no subject.',
  ],
  [ofType('acme'), 'Normal', 'OrderCreated', 'An Order was made; the request waits for it.'],
  [ofType('acme'), 'Normal', 'OrderPending', 'The request waits for an Order that was there already.'],
  [
    ofType('acme'),
    'Normal',
    'OrderCreatingError',
    'The Order cannot be made, because another object has its name; it is tried again.',
  ],
  [
    ofType('acme'),
    'Normal',
    'OrderBadCertificate',
    'The Order holds no certificate for this request; it is deleted, and another one is made.',
  ],
  [ofType('acme'), 'Warning', 'OrderFailed', 'The Order failed; the message says why. Final.'],
  [ofType('acme'), 'Warning', 'RequestParsingError', 'The request holds no CSR that can be read. Final.'],
  [ofType('acme'), 'Warning', 'InvalidOrder', 'The common name of the request is none of its names. Final.'],
] as const;

const issuer = [
  ['KeyPairVerified', 'Normal', 'The CA can sign.'],
  ['ErrGetKeyPair', 'Warning', 'The Secret of the CA does not exist or cannot be read.'],
  ['ErrInvalidKeyPair', 'Warning', 'The certificate of the CA is none that may sign.'],
  ['ErrInitIssuer', 'Warning', 'The issuer cannot be used; the message says why.'],
  ['InvalidURL', 'Warning', 'The URL of the ACME server, or of the account, is none.'],
  ['ErrRegisterACMEAccount', 'Warning', 'The key of the external account is missing or cannot be read.'],
  ['ErrUpdateACMEAccount', 'Warning', 'The ACME server did not take the new e-mail address.'],
] as const;

const order = [
  ['Created', 'Normal', 'A Challenge was made for one of the names.'],
  ['Solver', 'Warning', 'No solver of the issuer fits one of the names, or annotations contradict each other.'],
  ['Complete', 'Normal', 'The certificate stands in the status.'],
  [
    'NotOurs',
    'Warning',
    'The Order is not what its CertificateRequest asks for: somebody else made or changed it. Nothing is done for it.',
  ],
] as const;

const abandoned = 'CleanUpAbandoned';

const challenge = [
  ['Started', 'Normal', 'The Challenge had to wait for its turn, and is worked on now.'],
  ['Presented', 'Normal', 'The answer is in place.'],
  ['PresentError', 'Warning', 'The answer could not be put in place; it is tried again.'],
  ['DomainVerified', 'Normal', 'The ACME server found the answer.'],
  ['Failed', 'Warning', 'The ACME server did not find the answer. Final.'],
  ['CleanUpError', 'Warning', 'The answer could not be taken away; it is tried again for about five minutes.'],
  [abandoned, 'Warning', 'The answer could not be taken away in time and was left behind.'],
  [
    'NotOurs',
    'Warning',
    'The Challenge is not what an Order asks for: somebody else made or changed it. Nothing is done for it.',
  ],
] as const;

const rows = (
  on: string,
  entries: readonly (readonly [by: string, type: 'Normal' | 'Warning', reason: string, meaning: string])[],
): readonly EventEntry[] => entries.map(([by, type, reason, meaning]) => ({ on, by, type, reason, meaning }));

export const eventTable: readonly EventEntry[] = [
  ...rows('Certificate', certificate),
  ...rows('CertificateRequest', certificateRequest),
  ...rows(
    'Order',
    order.map(([reason, type, meaning]) => [components.orders, type, reason, meaning] as const),
  ),
  ...rows(
    'Challenge',
    challenge.map(([reason, type, meaning]) => [components.challenges, type, reason, meaning] as const),
  ),
  ...['Issuer', 'ClusterIssuer'].flatMap((on) =>
    rows(on, [[components.challenges, 'Warning', abandoned, 'The answer of one of its Challenges was left behind.']]),
  ),
  ...rows(
    'Issuer',
    issuer.map(([reason, type, meaning]) => [components.issuers, type, reason, meaning] as const),
  ),
  ...rows(
    'ClusterIssuer',
    issuer.map(([reason, type, meaning]) => [components.clusterissuers, type, reason, meaning] as const),
  ),
];
