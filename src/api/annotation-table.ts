// The annotations on Certificates, requests, target Secrets and on what others own, with their meaning.
import { entry, ingressLike } from './key-entry.ts';

const namesOnSecret = 'target Secret';
const shimInput = `${namesOnSecret}, ${ingressLike}`;
const shimToo = ' On an Ingress, Gateway or ListenerSet: what its Certificate should say.';

export const certificateAnnotations = {
  certificateName: entry(
    'cert-manager.io/certificate-name',
    'target Secret, CertificateRequest',
    'issuing, request manager',
    'The Certificate that the object belongs to.',
  ),
  certificateRevision: entry(
    'cert-manager.io/certificate-revision',
    'CertificateRequest',
    'request manager',
    'The number of the issuance, in decimal.',
  ),
  privateKeySecretName: entry(
    'cert-manager.io/private-key-secret-name',
    'CertificateRequest',
    'request manager, user',
    'The Secret with the private key of the request; a selfSigned issuer signs with it.',
  ),
  issueTemporaryCertificate: entry(
    'cert-manager.io/issue-temporary-certificate',
    'Certificate',
    'user',
    'With the value `true` the Secret is filled with a throw-away certificate until the real one arrives.',
  ),
  allowDirectInjection: entry(
    'cert-manager.io/allow-direct-injection',
    'Secret',
    'user',
    'With the value `true` cainjector may read the CA from this Secret.',
  ),
} as const;

export const secretAnnotations = {
  issuerName: entry(
    'cert-manager.io/issuer-name',
    namesOnSecret,
    'issuing',
    'The issuer of the certificate, as the request named it.',
  ),
  issuerKind: entry(
    'cert-manager.io/issuer-kind',
    shimInput,
    'issuing, user',
    'The kind of the issuer of the certificate, as the request named it; may be empty. On an Ingress, Gateway or ListenerSet: the kind of the issuer to use.',
  ),
  issuerGroup: entry(
    'cert-manager.io/issuer-group',
    shimInput,
    'issuing, user',
    'The API group of the issuer of the certificate, as the request named it; may be empty. On an Ingress, Gateway or ListenerSet: the group of the issuer to use.',
  ),
  commonName: entry(
    'cert-manager.io/common-name',
    shimInput,
    'issuing, user',
    `Common name of the certificate; may be empty.${shimToo}`,
  ),
  altNames: entry(
    'cert-manager.io/alt-names',
    shimInput,
    'issuing, user',
    `DNS names of the certificate, separated by commas; may be empty.${shimToo}`,
  ),
  ipSans: entry(
    'cert-manager.io/ip-sans',
    shimInput,
    'issuing, user',
    `IP addresses of the certificate, separated by commas; may be empty.${shimToo}`,
  ),
  uriSans: entry(
    'cert-manager.io/uri-sans',
    namesOnSecret,
    'issuing',
    'URIs of the certificate, separated by commas; may be empty.',
  ),
  emailSans: entry(
    'cert-manager.io/email-sans',
    shimInput,
    'issuing, user',
    `E-mail addresses of the certificate, separated by commas.${shimToo}`,
  ),
  subjectOrganizations: entry(
    'cert-manager.io/subject-organizations',
    shimInput,
    'issuing, user',
    `Organizations of the subject, separated by commas.${shimToo}`,
  ),
  subjectOrganizationalUnits: entry(
    'cert-manager.io/subject-organizationalunits',
    shimInput,
    'issuing, user',
    `Organizational units of the subject, separated by commas.${shimToo}`,
  ),
  subjectCountries: entry(
    'cert-manager.io/subject-countries',
    shimInput,
    'issuing, user',
    `Countries of the subject, separated by commas.${shimToo}`,
  ),
  subjectProvinces: entry(
    'cert-manager.io/subject-provinces',
    shimInput,
    'issuing, user',
    `Provinces of the subject, separated by commas.${shimToo}`,
  ),
  subjectLocalities: entry(
    'cert-manager.io/subject-localities',
    shimInput,
    'issuing, user',
    `Localities of the subject, separated by commas.${shimToo}`,
  ),
  subjectPostalCodes: entry(
    'cert-manager.io/subject-postalcodes',
    shimInput,
    'issuing, user',
    `Postal codes of the subject, separated by commas.${shimToo}`,
  ),
  subjectStreetAddresses: entry(
    'cert-manager.io/subject-streetaddresses',
    shimInput,
    'issuing, user',
    `Street addresses of the subject, separated by commas.${shimToo}`,
  ),
  subjectSerialNumber: entry(
    'cert-manager.io/subject-serialnumber',
    shimInput,
    'issuing, user',
    `Serial number of the subject.${shimToo}`,
  ),
} as const;

export const otherAnnotations = {
  injectCAFrom: entry(
    'cert-manager.io/inject-ca-from',
    'webhook configuration, APIService, CustomResourceDefinition',
    'user',
    'Inject the CA of this Certificate (`namespace/name`).',
  ),
  injectCAFromSecret: entry(
    'cert-manager.io/inject-ca-from-secret',
    'webhook configuration, APIService, CustomResourceDefinition',
    'user',
    'Inject the CA of this Secret (`namespace/name`).',
  ),
  injectApiServerCA: entry(
    'cert-manager.io/inject-apiserver-ca',
    'webhook configuration, APIService, CustomResourceDefinition',
    'user',
    'With the value `true` inject the CA of the API server.',
  ),
  venafiCustomFields: entry(
    'venafi.cert-manager.io/custom-fields',
    'Issuer, ClusterIssuer, CertificateRequest',
    'user',
    'Custom fields for the request to Certificate Manager, as a JSON array.',
  ),
  venafiPickupId: entry(
    'venafi.cert-manager.io/pickup-id',
    'CertificateRequest',
    'venafi issuer',
    'What Certificate Manager calls the request.',
  ),
  signingRequestDuration: entry(
    'experimental.cert-manager.io/request-duration',
    'CertificateSigningRequest',
    'user',
    'How long the certificate should be valid, as a Go duration.',
  ),
  signingRequestIsCA: entry(
    'experimental.cert-manager.io/request-is-ca',
    'CertificateSigningRequest',
    'user',
    'With the value `true` the certificate may sign further certificates.',
  ),
  signingRequestPrivateKeySecretName: entry(
    'experimental.cert-manager.io/private-key-secret-name',
    'CertificateSigningRequest',
    'user',
    'The Secret with the private key of the request, for a selfSigned issuer.',
  ),
  signingRequestVenafiCustomFields: entry(
    'venafi.experimental.cert-manager.io/custom-fields',
    'CertificateSigningRequest',
    'user',
    'Custom fields for the request to Certificate Manager, as a JSON array.',
  ),
  signingRequestVenafiPickupId: entry(
    'venafi.experimental.cert-manager.io/pickup-id',
    'CertificateSigningRequest',
    'venafi issuer',
    'What Certificate Manager calls the request.',
  ),
  ingressClass: entry(
    'kubernetes.io/ingress.class',
    'solver Ingress',
    'challenges',
    'Selects the ingress controller, in the older way.',
  ),
  nginxWhitelist: entry(
    'nginx.ingress.kubernetes.io/whitelist-source-range',
    'solver Ingress',
    'challenges',
    'Opens the challenge path to everybody.',
  ),
  istioAuth: entry(
    'auth.istio.io/8089',
    'solver Service',
    'challenges',
    'Lets plain requests reach the solver in an old Istio mesh.',
  ),
  istioInject: entry(
    'sidecar.istio.io/inject',
    'solver Pod',
    'challenges',
    'Keeps the Istio sidecar out of the solver.',
  ),
  safeToEvict: entry(
    'cluster-autoscaler.kubernetes.io/safe-to-evict',
    'solver Pod',
    'challenges',
    'Lets the cluster autoscaler move the solver.',
  ),
} as const;
