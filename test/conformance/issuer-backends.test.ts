// One call of the conformance suite per issuer backend.
import { createAcmeAccounts } from '../../src/issuers/acme/accounts.ts';
import { issuerBackends } from '../../src/issuers/index.ts';
import { encodePrivateKey } from '../../src/pki/keys.ts';
import { defaultPemLimits } from '../../src/pki/limits.ts';
import { scriptedAccount } from '../support/acme-script.ts';
import { anIssuer } from '../support/request-builders.ts';
import { aCa, noAcme, secretData, testKey } from '../support/signing-builders.ts';
import { issuerBackendConformance, issuerBackendManners } from './issuer-backends.ts';

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

const acmeIssuer = anIssuer({
  spec: {
    acme: {
      server: 'https://ca.example/directory',
      privateKeySecretRef: { name: 'account' },
      externalAccountBinding: { keyID: 'kid', keySecretRef: { name: 'eab', key: 'key' } },
      solvers: [{ dns01: {} }],
    },
  },
});
const account = { url: 'https://ca.example/acct/1', status: 'valid', contact: [] };
const { client } = scriptedAccount({ createAccount: [account] });

const [acmeBackend] = issuerBackends({
  limits: defaultPemLimits,
  acme: {
    ...noAcme,
    accounts: Object.assign(createAcmeAccounts({}), { clientFor: () => client }),
    solverSecrets: () => [{ name: 'dns', key: 'token' }],
  },
}).filter(({ type }) => type === 'acme');

// It answers with an Order that somebody else has to fulfil: what it is asked for comes later.
issuerBackendManners('acme', {
  backend: acmeBackend!,
  issuer: acmeIssuer,
  otherIssuer: caIssuer,
  resourceNamespace: 'app',
  secrets: () => ({
    'app/account': secretData({ 'tls.key': encodePrivateKey(testKey('RSA 2048', 'account'), 'PKCS1') }),
    'app/eab': secretData({ key: 'YWJj' }),
    'app/dns': secretData({ token: 'x' }),
  }),
  annotations: {},
});
