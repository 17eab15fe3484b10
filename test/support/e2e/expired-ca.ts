// A CA whose time is over, in the shape of the Secret that the webhook keeps its CA in.
import 'reflect-metadata';
import { webcrypto } from 'node:crypto';
import * as x509 from '@peculiar/x509';

const algorithm = { name: 'ECDSA', namedCurve: 'P-384', hash: 'SHA-384' } as const;
const hour = 3_600_000;

/** The `data` of a Secret: `ca.crt`, `tls.crt`, `tls.key`. It expired an hour ago. */
export async function expiredCASecretData(): Promise<Record<string, string>> {
  const keys = (await webcrypto.subtle.generateKey(algorithm, true, ['sign', 'verify'])) as webcrypto.CryptoKeyPair;
  const certificate = await x509.X509CertificateGenerator.createSelfSigned({
    serialNumber: '01',
    name: [{ CN: ['cert-manager-webhook-ca'] }],
    notBefore: new Date(Date.now() - 48 * hour),
    notAfter: new Date(Date.now() - hour),
    keys,
    signingAlgorithm: algorithm,
    extensions: [
      new x509.BasicConstraintsExtension(true, undefined, true),
      new x509.KeyUsagesExtension(x509.KeyUsageFlags.keyCertSign | x509.KeyUsageFlags.digitalSignature, true),
    ],
  });
  const key = x509.PemConverter.encode(await webcrypto.subtle.exportKey('pkcs8', keys.privateKey), 'PRIVATE KEY');
  const base64 = (text: string) => Buffer.from(`${text}\n`).toString('base64');
  const pem = base64(certificate.toString('pem'));
  return { 'ca.crt': pem, 'tls.crt': pem, 'tls.key': base64(key) };
}
