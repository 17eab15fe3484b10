// One call of the conformance suite per issuer backend.
import { issuerBackends } from '../../src/issuers/index.ts';
import { encodePrivateKey } from '../../src/pki/keys.ts';
import { defaultPemLimits } from '../../src/pki/limits.ts';
import { anIssuer } from '../support/request-builders.ts';
import { aCa, noAcme, secretData, testKey } from '../support/signing-builders.ts';
import { issuerBackendConformance } from './issuer-backends.ts';

const backendOf = (type: string) =>
  issuerBackends({ limits: defaultPemLimits, acme: noAcme }).find((each) => each.type === type)!;
const annotation = 'cert-manager.io/private-key-secret-name';

const root = aCa('root');
const intermediate = aCa('intermediate', { parent: root });
const caIssuer = anIssuer({ kind: 'ClusterIssuer', spec: { ca: { secretName: 'pair' } } });
const selfSignedIssuer = anIssuer({ spec: { selfSigned: {} } });

issuerBackendConformance('ca', {
  backend: backendOf('ca'),
  issuer: caIssuer,
  otherIssuer: selfSignedIssuer,
  resourceNamespace: 'kube-system',
  secrets: () => ({
    'kube-system/pair': secretData({ 'tls.crt': intermediate.pem, 'tls.key': intermediate.keyPem, 'ca.crt': root.pem }),
  }),
  annotations: {},
  secret: 'kube-system/pair',
  missing: {
    reason: 'SecretMissing',
    message: 'Referenced secret kube-system/pair not found: secrets "pair" not found',
  },
  rubbish: {
    reason: 'SecretInvalidData',
    message: 'Failed to parse signing CA keypair from secret kube-system/pair: error decoding certificate PEM block',
  },
  badRequest: 'SigningError',
});

issuerBackendConformance('selfSigned', {
  backend: backendOf('selfSigned'),
  issuer: selfSignedIssuer,
  otherIssuer: caIssuer,
  resourceNamespace: 'app',
  secrets: (kind) => ({ 'app/key': secretData({ 'tls.key': encodePrivateKey(testKey(kind), 'PKCS8') }) }),
  annotations: { [annotation]: 'key' },
  secret: 'app/key',
  missing: { reason: 'MissingSecret', message: 'Referenced secret app/key not found: secrets "key" not found' },
  rubbish: {
    reason: 'ErrorParsingKey',
    message: `Failed to get key "key" referenced in annotation "${annotation}": error decoding private key PEM block`,
  },
  badRequest: 'ErrorGenerating',
});
