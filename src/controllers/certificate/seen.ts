// Everything that one decision about a Certificate may look at. Built by observe.ts, read by everything else in this folder.
import type { Certificate } from '../../api/certificate.ts';
import type { CertificateRequest } from '../../api/certificate-request.ts';
import type { Issuer } from '../../api/issuer.ts';
import type { ObjectMeta } from '../../api/meta.ts';
import type { TlsFacts } from '../../pki/facts.ts';
import type { PemLimits } from '../../pki/limits.ts';

/** The fields of a Secret that one Apply manager owns, from its managed fields. */
export interface OwnedFields {
  readonly labels: readonly string[];
  readonly annotations: readonly string[];
  readonly data: readonly string[];
  /** uids of owner references. */
  readonly owners: readonly string[];
}

/** Somebody else who wrote tls.crt or tls.key. */
export interface ForeignWriter {
  readonly manager: string;
  readonly time: string | undefined;
}

/** A Secret as the store keeps it: no bytes, no managed fields but what was read out of them. */
export interface SecretFacts {
  readonly apiVersion: 'v1';
  readonly kind: 'Secret';
  readonly known: true;
  readonly metadata: ObjectMeta;
  readonly type: string;
  /** Whether there is any data key at all, empty values included. */
  readonly hasData: boolean;
  readonly tls: TlsFacts;
  /** What `cert-manager-certificates-issuing` applied; undefined where it never did, `bad` where its entry cannot be read. */
  readonly owned: OwnedFields | 'bad' | undefined;
  readonly foreignWriters: readonly ForeignWriter[];
}

/** A Secret watched as metadata only: it exists, what is in it must be read. */
export interface SecretMetadata {
  readonly apiVersion: 'v1';
  readonly kind: 'Secret';
  readonly known: false;
  readonly metadata: ObjectMeta;
}

/** The issuer that spec.issuerRef names: not ours to know for a foreign group. */
export type IssuerSeen =
  | { readonly kind: 'foreign' }
  /** `namesake`: the other kind of issuer that does exist under this name. */
  | { readonly kind: 'missing'; readonly namesake?: 'Issuer' | 'ClusterIssuer' }
  | { readonly kind: 'found'; readonly issuer: Issuer };

/** What can go on for ever because somebody else undoes it: mending the Secret, a temporary certificate, a key or request made again. */
export type Repeated = 'reapply' | 'temporary' | 'remake';

/** The API server would not take what was written last. */
export interface Refusal {
  readonly message: string;
  /** Whether a CertificateRequest was among it. */
  readonly asks: boolean;
  readonly retryAt: Date;
}

export interface Seen {
  readonly certificate: Certificate;
  readonly secret: SecretFacts | undefined;
  /** All Certificates of the namespace with this spec.secretName, this one included. */
  readonly sharing: readonly Certificate[];
  /** CertificateRequests controlled by this Certificate. */
  readonly requests: readonly CertificateRequest[];
  /** The CertificateRequest, whoever owns it, that has the name which the next one of this Certificate gets (gate StableCertificateRequestName). */
  readonly nameHolder: CertificateRequest | undefined;
  /** Secrets controlled by this Certificate that are labelled as next private key. */
  readonly keySecrets: readonly SecretFacts[];
  readonly issuer: IssuerSeen;
  /** Whether an ACME server is asked when to renew: the gate is on, and the issuer is an ACME issuer that is ready. */
  readonly asksServer?: boolean;
  /** When this process last repeated what, oldest first. */
  readonly repeats?: Readonly<Partial<Record<Repeated, readonly Date[]>>>;
  readonly refusal?: Refusal;
}

/** The six switches of `--controllers` that concern Certificates. */
export type Stage = 'trigger' | 'key-manager' | 'request-manager' | 'issuing' | 'readiness' | 'revision-manager';

export interface CertificateSettings {
  readonly stages: ReadonlySet<Stage>;
  readonly enableOwnerRef: boolean;
  readonly minimumBackoffMs: number;
  readonly maximumBackoffMs: number;
  readonly copiedAnnotationPrefixes: readonly string[];
  /** The flags' sizes; upstream's defaults where absent. */
  readonly pemLimits?: PemLimits;
  readonly gates: {
    readonly ACMEUseARI: boolean;
    readonly StableCertificateRequestName: boolean;
    readonly LiteralCertificateSubject: boolean;
    readonly UseCertificateRequestBasicConstraints: boolean;
    readonly NameConstraints: boolean;
    readonly OtherNames: boolean;
  };
}
