// What Go's crypto/x509, which upstream is built on, sees in certificates and requests. The program is go/main.go, compiled once a run.
import { fileURLToPath } from 'node:url';
import type { NameAttribute } from '../../src/pki/distinguished-name.ts';
import type { OtherName } from '../../src/pki/names.ts';
import type { PemBlock } from '../../src/pki/pem.ts';
import { run, type WorkFolder } from './programs.ts';

export interface Question {
  readonly kind: 'certificate' | 'request';
  readonly der: Uint8Array;
  /** DER of the certificate whose key signed; of the certificate itself where absent. */
  readonly issuer?: Uint8Array;
  /** Where given, the path to it is verified too, a second after the certificate became valid. */
  readonly root?: Uint8Array;
  readonly intermediates?: readonly Uint8Array[];
  /** DNS name or address that the path has to be good for. */
  readonly host?: string;
}

export interface GoSubtrees {
  readonly critical: boolean;
  readonly dnsDomains: readonly string[];
  readonly ipRanges: readonly string[];
  readonly emailAddresses: readonly string[];
  readonly uriDomains: readonly string[];
}

/** Fields after `signature` are those of certificates only. */
export interface GoView {
  /** Set where Go refuses the input; everything else is empty then. */
  readonly error?: string;
  readonly subject: readonly NameAttribute[];
  readonly subjectText: string;
  readonly dnsNames: readonly string[];
  readonly ipAddresses: readonly string[];
  readonly uris: readonly string[];
  readonly emailAddresses: readonly string[];
  readonly otherNames: readonly OtherName[];
  readonly extensions: readonly { readonly oid: string; readonly critical: boolean }[];
  /** Hex SHA-256 of the SubjectPublicKeyInfo. */
  readonly publicKey: string;
  readonly signatureAlgorithm: string;
  /** `valid`, or what is wrong with it. */
  readonly signature: string;
  readonly version: number;
  /** Hex, with a sign. */
  readonly serial: string;
  readonly notBefore: string;
  readonly notAfter: string;
  readonly keyUsage: number;
  readonly extKeyUsage: readonly string[];
  readonly hasBasicConstraints: boolean;
  readonly isCA: boolean;
  /** -1 where there is none. */
  readonly pathLength: number;
  readonly subjectKeyId: string;
  readonly authorityKeyId: string;
  readonly crlDistributionPoints: readonly string[];
  readonly ocspServers: readonly string[];
  readonly issuingCertificateUrls: readonly string[];
  readonly permitted: GoSubtrees;
  readonly excluded: GoSubtrees;
  readonly issuerText: string;
  /** `valid`, or what is wrong with the path; absent where it was not asked for. */
  readonly path?: string;
}

export interface GoProduct {
  readonly name: string;
  readonly kind: 'certificate' | 'request';
  readonly der: Uint8Array;
}

export interface Go {
  readonly look: (questions: readonly Question[]) => GoView[];
  /** The blocks with content that encoding/pem finds in each text. */
  readonly pem: (texts: readonly string[]) => PemBlock[][];
  /** Certificates and requests that Go makes, each with its own signature. */
  readonly make: () => GoProduct[];
}

/** Compiles the program into `folder`. */
export function compileGo(folder: WorkFolder): Go {
  const program = folder.at('go-oracle');
  run('go', ['build', '-o', program, fileURLToPath(new URL('go/main.go', import.meta.url))]);
  const base64 = (bytes: Uint8Array) => Buffer.from(bytes).toString('base64');
  return {
    look: (questions) => {
      const asked = questions.map(({ der, issuer, root, intermediates, ...rest }) => ({
        ...rest,
        der: base64(der),
        issuer: issuer && base64(issuer),
        root: root && base64(root),
        intermediates: intermediates?.map(base64),
      }));
      return JSON.parse(run(program, ['look'], JSON.stringify(asked)), emptyForNull);
    },
    pem: (texts) =>
      JSON.parse(run(program, ['pem'], JSON.stringify(texts))).map((blocks: { label: string; der: string | null }[]) =>
        blocks.flatMap(({ label, der }) => (der ? [{ label, der: Buffer.from(der, 'base64') }] : [])),
      ),
    make: () =>
      JSON.parse(run(program, ['make'])).map((product: { name: string; kind: 'request'; der: string }) => ({
        ...product,
        der: Buffer.from(product.der, 'base64'),
      })),
  };
}

/** Go writes an empty list as null. */
function emptyForNull(_key: string, value: unknown): unknown {
  return value === null ? [] : value;
}
