// What an ACME server has, as the client hands it out (RFC 8555 section 7.1): checked, with times as dates and absent members absent.

export type OrderStatus = 'pending' | 'ready' | 'processing' | 'valid' | 'invalid';
export type AuthorizationStatus = 'pending' | 'valid' | 'invalid' | 'deactivated' | 'expired' | 'revoked';
export type ChallengeStatus = 'pending' | 'processing' | 'valid' | 'invalid';

export interface Identifier {
  readonly type: 'dns' | 'ip';
  readonly value: string;
}

export interface Directory {
  readonly newNonce: string;
  readonly newAccount: string;
  readonly newOrder: string;
  readonly revokeCert?: string;
  readonly keyChange?: string;
  /** RFC 9773. */
  readonly renewalInfo?: string;
  readonly termsOfService?: string;
  readonly website?: string;
  readonly caaIdentities: readonly string[];
  readonly externalAccountRequired: boolean;
  /** Profile name → description; undefined where the server has no profiles. */
  readonly profiles?: Readonly<Record<string, string>>;
}

export interface Account {
  readonly url: string;
  readonly status: 'valid' | 'deactivated' | 'revoked';
  readonly contact: readonly string[];
}

/** What went wrong with one challenge or order at the server: its `error` member (RFC 7807), never thrown. */
export interface Fault {
  /** As AcmeProblem.type. */
  readonly type: string;
  readonly status: number;
  readonly detail: string;
  readonly subproblems: readonly { readonly type: string; readonly detail: string; readonly identifier?: Identifier }[];
}

export interface Order {
  readonly url: string;
  readonly status: OrderStatus;
  readonly expires?: Date;
  readonly identifiers: readonly Identifier[];
  readonly authorizations: readonly string[];
  readonly finalize: string;
  /** Where the certificate is, once the order is valid. */
  readonly certificate?: string;
  readonly profile?: string;
  readonly replaces?: string;
  readonly error?: Fault;
  /** From Retry-After: when to look again. */
  readonly retryAfter?: Date;
}

export interface Challenge {
  readonly url: string;
  /** `http-01`, `dns-01`, … */
  readonly type: string;
  readonly status: ChallengeStatus;
  /** Absent for types that have none. */
  readonly token?: string;
  readonly error?: Fault;
  readonly retryAfter?: Date;
}

export interface Authorization {
  readonly url: string;
  readonly status: AuthorizationStatus;
  readonly identifier: Identifier;
  readonly wildcard: boolean;
  readonly expires?: Date;
  readonly challenges: readonly Challenge[];
  readonly retryAfter?: Date;
}

/** RFC 9773 section 4.2. */
export interface RenewalInfo {
  readonly start: Date;
  readonly end: Date;
  readonly explanationUrl?: string;
  readonly retryAfter?: Date;
}

export interface NewOrder {
  readonly identifiers: readonly Identifier[];
  readonly notBefore?: Date;
  readonly notAfter?: Date;
  readonly profile?: string;
  /** RFC 9773 section 5: the id of the certificate that this order replaces. */
  readonly replaces?: string;
}

export interface ExternalAccount {
  readonly keyId: string;
  /** The MAC key, decoded. HS256 is used. */
  readonly key: Uint8Array;
}

export interface NewAccount {
  /** `mailto:` URLs. */
  readonly contact: readonly string[];
  readonly externalAccount?: ExternalAccount;
}
