// What is known of keys, certificates and TLS Secrets once their bytes were read: values without bytes. Types only.
import type { SubjectNames } from './names.ts';

/** The result of decoding something that may be missing or broken; `error` is text for a condition. */
export type Decoded<T> =
  | { readonly kind: 'ok'; readonly value: T }
  | { readonly kind: 'absent' }
  | { readonly kind: 'bad'; readonly error: string };

export interface KeyFacts {
  readonly algorithm: 'RSA' | 'ECDSA' | 'Ed25519';
  /** Bits of the modulus or of the curve; 256 for Ed25519. */
  readonly size: number;
  /** Hex SHA-256 of the SubjectPublicKeyInfo. */
  readonly publicKey: string;
}

export interface LeafFacts {
  readonly names: SubjectNames;
  readonly notBefore: Date;
  readonly notAfter: Date;
  readonly isCA: boolean;
  /** Hex SHA-256 of the SubjectPublicKeyInfo. */
  readonly publicKey: string;
  /** Hex, no leading zeros. */
  readonly serial: string;
  /** How ACME Renewal Information names it, see renewal-id.ts. */
  readonly renewalId?: string;
}

export type FormatState = 'absent' | 'right' | 'wrong';

export interface TlsFacts {
  /** Names of the data keys whose value is not empty. */
  readonly keys: readonly string[];
  readonly key: Decoded<KeyFacts>;
  /** The first certificate of tls.crt; bad where any block of it does not parse. */
  readonly leaf: Decoded<LeafFacts>;
  /** key.der and tls-combined.pem, compared with what tls.key and tls.crt would give. */
  readonly der: FormatState;
  readonly combined: FormatState;
}
