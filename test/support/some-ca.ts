// A CA for pure tests: signs whatever a request asks for.
import { generateKeyPairSync } from 'node:crypto';
import type { CertificateRequest } from '../../src/api/certificate-request.ts';
import { certificateTemplateFor, signCertificate } from '../../src/pki/certificate.ts';
import { csrOf } from '../../src/pki/csr.ts';
import { encodeName, subjectOf } from '../../src/pki/distinguished-name.ts';
import { keyFactsOf } from '../../src/pki/keys.ts';

const { privateKey: key } = generateKeyPairSync('ec', { namedCurve: 'prime256v1' });
const identity = {
  key,
  facts: keyFactsOf(key),
  subjectDer: encodeName(subjectOf(undefined, 'some CA')),
  ski: Buffer.from('69885b6b8746404177e44e63af0f22d5f4e3a3c9', 'hex'),
};

/** The PEM of a certificate for the request's key and names, valid from `now` for `durationMs`. */
export function signedBySomeCA(request: CertificateRequest, now: Date, durationMs: number): string {
  const csr = csrOf(request);
  if (csr.kind !== 'ok') throw new Error('the request has no CSR that can be read');
  const { isCA = false, usages = [] } = request.spec;
  return signCertificate(certificateTemplateFor(csr.value, { now, durationMs, isCA, usages }), identity);
}
