// The target Secret put together: keystores built, manifest made, and the facts that the store will know once it is written.
import type { IssuerReference } from '../../api/references.ts';
import { decodeCertificates } from '../../pki/certificate.ts';
import { noNames } from '../../pki/names.ts';
import type { Outcome } from './call.ts';
import type { CertificateIo } from './io.ts';
import { buildKeystores } from './keystore-build.ts';
import { issuedOrigin, secretManifest, storedOrigin, temporaryOrigin } from './secret.ts';
import { type RawSecret, secretFactsOf } from './secret-ingest.ts';
import type { CertificateSettings, Seen } from './seen.ts';

export interface Ingredients {
  readonly seen: Seen;
  readonly tlsKeyPem: string;
  readonly tlsCrtPem: string;
  readonly caPem: string | undefined;
  /** The reference of the request that was answered; `temporary` where nobody was asked; `stored` where the Secret keeps what it says. */
  readonly issuer: IssuerReference | 'temporary' | 'stored';
}

/** The outcome `built`, or `blocked` where a keystore password is missing. What `io` throws is thrown on. */
export async function buildSecret(
  { seen, tlsKeyPem, tlsCrtPem, caPem, issuer }: Ingredients,
  settings: CertificateSettings,
  io: CertificateIo,
  signal: AbortSignal,
): Promise<Outcome> {
  const { certificate, secret } = seen;
  const { namespace } = certificate.metadata;
  const password = async (name: string) => decoded(await io.fetchSecret(namespace, name, signal));
  const content = { keystores: certificate.spec.keystores, tlsKeyPem, tlsCrtPem, caPem };
  const keystores = await buildKeystores(content, { password, now: io.now, pemLimits: io.pemLimits });
  if (keystores.kind === 'blocked') return keystores;
  const manifest = secretManifest({
    certificate,
    tlsKeyPem,
    tlsCrtPem,
    caPem,
    names: decodeCertificates(tlsCrtPem, io.pemLimits.chainBytes)[0]?.names ?? noNames,
    keystores: keystores.files,
    origin: originOf(seen, issuer),
    existingType: secret?.type,
    enableOwnerRef: settings.enableOwnerRef,
  });
  const metadata = { ...unstored, ...secret?.metadata, ...manifest.metadata };
  return {
    kind: 'built',
    manifest,
    facts: secretFactsOf({ ...manifest, metadata } as unknown as RawSecret, io.pemLimits),
  };
}

// What the API server would add to a Secret that is not there yet; nothing that is decided on looks at it.
const unstored = { uid: '', resourceVersion: '', creationTimestamp: '' };

function originOf({ certificate, secret }: Seen, issuer: Ingredients['issuer']) {
  if (issuer === 'temporary') return temporaryOrigin(certificate);
  if (issuer === 'stored') return storedOrigin(secret?.metadata.annotations);
  return issuedOrigin(certificate, issuer);
}

function decoded(secret: RawSecret | undefined): Readonly<Record<string, Uint8Array>> | undefined {
  if (secret === undefined) return undefined;
  return Object.fromEntries(
    Object.entries(secret.data ?? {}).map(([key, value]) => [key, Buffer.from(value, 'base64')]),
  );
}
