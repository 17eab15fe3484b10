// The annotations that ask for Certificates from Ingresses and Gateways and that steer HTTP01 challenges, with their meaning.
import { entry, ingressLike } from './key-entry.ts';

export const shimAnnotations = {
  issuer: entry('cert-manager.io/issuer', ingressLike, 'user', 'The Issuer to use; asks for a Certificate.'),
  clusterIssuer: entry(
    'cert-manager.io/cluster-issuer',
    ingressLike,
    'user',
    'The ClusterIssuer to use; asks for a Certificate.',
  ),
  tlsAcme: entry(
    'kubernetes.io/tls-acme',
    'Ingress',
    'user',
    'With the value `true` asks for a Certificate of the default issuer.',
  ),
  duration: entry('cert-manager.io/duration', ingressLike, 'user', 'spec.duration of the Certificate.'),
  renewBefore: entry('cert-manager.io/renew-before', ingressLike, 'user', 'spec.renewBefore of the Certificate.'),
  renewBeforePercentage: entry(
    'cert-manager.io/renew-before-percentage',
    ingressLike,
    'user',
    'spec.renewBeforePercentage of the Certificate.',
  ),
  usages: entry('cert-manager.io/usages', ingressLike, 'user', 'spec.usages of the Certificate, separated by commas.'),
  revisionHistoryLimit: entry(
    'cert-manager.io/revision-history-limit',
    ingressLike,
    'user',
    'spec.revisionHistoryLimit of the Certificate.',
  ),
  privateKeyAlgorithm: entry(
    'cert-manager.io/private-key-algorithm',
    ingressLike,
    'user',
    'spec.privateKey.algorithm of the Certificate.',
  ),
  privateKeyEncoding: entry(
    'cert-manager.io/private-key-encoding',
    ingressLike,
    'user',
    'spec.privateKey.encoding of the Certificate.',
  ),
  privateKeySize: entry(
    'cert-manager.io/private-key-size',
    ingressLike,
    'user',
    'spec.privateKey.size of the Certificate.',
  ),
  privateKeyRotationPolicy: entry(
    'cert-manager.io/private-key-rotation-policy',
    ingressLike,
    'user',
    'spec.privateKey.rotationPolicy of the Certificate.',
  ),
  secretTemplate: entry(
    'cert-manager.io/secret-template',
    ingressLike,
    'user',
    'spec.secretTemplate of the Certificate, as JSON.',
  ),
  ignoreTlsListeners: entry(
    'cert-manager.io/ignore-tls-listeners',
    'Gateway, ListenerSet',
    'user',
    'Names of listeners to leave alone, separated by commas.',
  ),
} as const;

export const acmeAnnotations = {
  http01EditInPlace: entry(
    'acme.cert-manager.io/http01-edit-in-place',
    'Ingress',
    'user',
    'With the value `true` challenges are answered by a path in this Ingress instead of one of their own.',
  ),
  http01IngressClass: entry(
    'acme.cert-manager.io/http01-ingress-class',
    'Ingress',
    'user',
    'The class annotation of the Ingress that answers challenges.',
  ),
  http01IngressClassName: entry(
    'acme.cert-manager.io/http01-ingress-ingressclassname',
    'Ingress',
    'user',
    'The spec.ingressClassName of the Ingress that answers challenges.',
  ),
  http01OverrideIngressName: entry(
    'acme.cert-manager.io/http01-override-ingress-name',
    'Certificate, CertificateRequest, Order',
    'shim, user',
    'The Ingress that answers challenges, instead of what the solver says.',
  ),
  http01OverrideIngressClass: entry(
    'acme.cert-manager.io/http01-override-ingress-class',
    'Certificate, CertificateRequest, Order',
    'shim, user',
    'The class annotation of the Ingress that answers challenges, instead of what the solver says.',
  ),
  http01OverrideIngressClassName: entry(
    'acme.cert-manager.io/http01-override-ingress-ingressclassname',
    'Certificate, CertificateRequest, Order',
    'shim, user',
    'The spec.ingressClassName of the Ingress that answers challenges, instead of what the solver says.',
  ),
  http01ParentRefName: entry(
    'acme.cert-manager.io/http01-parentrefname',
    'Certificate, Order',
    'shim, user',
    'The Gateway or ListenerSet that the HTTPRoute of a challenge attaches to.',
  ),
  http01ParentRefKind: entry(
    'acme.cert-manager.io/http01-parentrefkind',
    'Certificate, Order',
    'shim, user',
    'The kind of what the HTTPRoute of a challenge attaches to.',
  ),
  http01ParentRefNamespace: entry(
    'acme.cert-manager.io/http01-parentrefnamespace',
    'Certificate, Order',
    'shim, user',
    'The namespace of what the HTTPRoute of a challenge attaches to.',
  ),
  http01ParentRefFallback: entry(
    'acme.cert-manager.io/http01-parentreffallback',
    'ListenerSet',
    'user',
    'Attach the HTTPRoute of a challenge to the parent Gateway of this ListenerSet.',
  ),
  http01Challenge: entry(
    'acme.cert-manager.io/challenge',
    'solver Ingress beside the shared solver',
    'challenges',
    'Only certwright: namespace and name of the Challenge, for people.',
  ),
  selfCheckDeadline: entry(
    'acme.cert-manager.io/self-check-deadline',
    'Issuer, ClusterIssuer',
    'user',
    'Only certwright: how long our own look at a challenge may fail before the ACME server is asked to look all the same, as a Go duration or `never`; instead of the flag `--acme-self-check-deadline`.',
  ),
} as const;
