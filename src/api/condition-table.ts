// Every condition type, status and reason that appears on an object of ours: the one place where they are named and explained.
// src/api/conditions.ts makes the constants of it, scripts/gen.ts the page docs/reference/conditions.md. Messages live with the rules.

export interface ConditionEntry {
  readonly on: 'Certificate' | 'CertificateRequest' | 'Issuer';
  readonly type: string;
  readonly status: 'True' | 'False' | 'True, False';
  readonly reason: string;
  readonly meaning: string;
}

const certificate = [
  [
    'Ready',
    'True',
    'Ready',
    'The Secret holds a key and a certificate that fit the spec and have not expired. A renewal that is due does not change this.',
  ],
  ['Ready', 'False', 'DoesNotExist', 'The Secret does not exist yet.'],
  ['Ready', 'False', 'MissingData', 'The Secret lacks data: all of it, the private key or the certificate.'],
  ['Ready', 'False', 'InvalidKeyPair', 'The private key cannot be read, or does not belong to the certificate.'],
  ['Ready', 'False', 'InvalidCertificate', 'The certificate in the Secret cannot be read.'],
  ['Ready', 'False', 'IncorrectIssuer', 'The certificate comes from another issuer than the spec names.'],
  ['Ready', 'False', 'IncorrectCertificate', 'The Secret belongs to another Certificate: two of them name one Secret.'],
  [
    'Ready',
    'False',
    'SecretMismatch',
    'Key or certificate in the Secret differ from the spec, or from the current request.',
  ],
  ['Ready', 'False', 'InvalidCertificateRequest', 'The CSR of the current request cannot be read.'],
  ['Ready', 'False', 'RequestChanged', 'The spec has changed since the current request was made.'],
  ['Ready', 'False', 'Expired', 'The certificate has expired.'],
  ['Ready', 'False', 'WindowError', 'No renewal window can be computed from spec.renewal.'],
  [
    'Issuing',
    'True',
    'DoesNotExist',
    'An issuance is under way because the Secret does not exist. The same holds for each reason of Ready=False above, except Expired and WindowError.',
  ],
  ['Issuing', 'True', 'Renewing', 'A renewal is under way because its time has come.'],
  ['Issuing', 'True', 'ManuallyTriggered', 'A user asked for a new certificate (`cmctl renew`).'],
  [
    'Issuing',
    'False',
    'Failed',
    'The last attempt failed; the next one follows after a back-off. The reason is that of the request, so approvers and external issuers may bring their own.',
  ],
  ['Issuing', 'False', 'Denied', 'The last attempt was denied by an approver; the next one follows after a back-off.'],
  [
    'Issuing',
    'False',
    'InvalidCertificate',
    'The issuer answered with a certificate that cannot be used: unreadable, expired, or for another key.',
  ],
  [
    'Issuing',
    'False',
    'Issued',
    'The last issuance succeeded. Only where several writers share the status (gate ServerSideApply); otherwise the condition is removed.',
  ],
  [
    'IssuanceSuspended',
    'False',
    'WithinLimit',
    'certwright only: certificates were requested within the last day that no schedule and no change of the spec explains; the message counts them.',
  ],
  [
    'IssuanceSuspended',
    'True',
    'TooManyRequests',
    'certwright only: too many certificates were issued beyond schedule within the last day. The next such issuance waits until the time in the message, which also names the cause. Renewals on schedule, changes of the spec and manual renewals go on.',
  ],
] as const;

const request = [
  ['Approved', 'True', 'cert-manager.io', 'The built-in approver let the request pass.'],
  ['Approved', 'True', 'KubectlCertManager', 'A user approved the request with cmctl.'],
  [
    'Denied',
    'True',
    'KubectlCertManager',
    'A user denied the request with cmctl. Other approvers bring their own reasons.',
  ],
  [
    'Ready',
    'False',
    'Pending',
    'The request waits: for its issuer, for a Secret or for the authority. The message says for what.',
  ],
  ['Ready', 'True', 'Issued', 'The certificate stands in the status.'],
  ['Ready', 'False', 'Failed', 'The request failed for good.'],
  ['Ready', 'False', 'Denied', 'An approver denied the request.'],
  [
    'InvalidRequest',
    'True',
    'InvalidRequest',
    'The issuer refuses the request for good. The reason is the issuer’s own.',
  ],
] as const;

const issuer = [
  ['Ready', 'True', 'IsReady', 'selfSigned: always ready.'],
  ['Ready', 'True', 'KeyPairVerified', 'ca: the Secret holds a key and a CA certificate.'],
  ['Ready', 'False', 'ErrGetKeyPair', 'ca: the Secret is missing, or its key or certificate cannot be read.'],
  ['Ready', 'False', 'ErrInvalidKeyPair', 'ca: the certificate is not that of a CA.'],
  ['Ready', 'True', 'VaultVerified', 'vault: the server answered and is unsealed.'],
  [
    'Ready',
    'False',
    'VaultError',
    'vault: the configuration is incomplete, the login failed, or the server is unavailable.',
  ],
  ['Ready', 'True', 'Certificate Manager issuer started', 'venafi: the credentials were accepted.'],
  ['Ready', 'False', 'ErrorSetup', 'venafi: the service cannot be reached, or refuses the credentials.'],
  ['Ready', 'False', 'AuthFailed', 'venafi: the token endpoint refused the credentials.'],
  ['Ready', 'True', 'ACMEAccountRegistered', 'acme: the account is known to the server.'],
  ['Ready', 'False', 'InvalidConfig', 'acme: the server is an address of the retired first protocol version.'],
  ['Ready', 'False', 'ErrRegisterACMEAccount', 'acme: the account could not be registered.'],
  ['Ready', 'False', 'ErrVerifyACMEAccount', 'acme: the account key is missing or cannot be used.'],
  ['Ready', 'False', 'ErrUpdateACMEAccount', 'acme: the contact address of the account could not be changed.'],
  ['Ready', 'False', 'InvalidURL', 'acme: the server or account address is not a URL.'],
  ['Ready', 'False', 'InvalidSolver', 'acme: a Secret that a DNS01 solver needs is missing or incomplete.'],
] as const;

type Row = (typeof certificate)[number] | (typeof request)[number] | (typeof issuer)[number];

/** The types of all conditions we write or read. */
export type ConditionType = Row[0];

/** The reasons of all conditions we write. */
export type ConditionReason = Row[2];

function entries(on: ConditionEntry['on'], rows: readonly Row[]): ConditionEntry[] {
  return rows.map(([type, status, reason, meaning]) => ({ on, type, status, reason, meaning }));
}

export const conditionTable: readonly ConditionEntry[] = [
  ...entries('Certificate', certificate),
  ...entries('CertificateRequest', request),
  ...entries('Issuer', issuer),
];
