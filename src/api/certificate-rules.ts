// What the API server itself asks of a Certificate: a part of the webhook's rules, in its words.
import { isSet, type PlacedRule, placedRules, type RuleRow } from './placed-rules.ts';

const subdomain = '^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$';

/** Rules of the reference at `path`: also of a CertificateRequest. */
export const issuerReferenceRules = (path: string): readonly RuleRow[] => [
  [`${path}.name`, "self != ''", 'must be specified'],
  [
    path,
    "(has(self.group) && !(self.group in ['', 'cert-manager.io'])) || !has(self.kind) || self.kind in ['', 'Issuer', 'ClusterIssuer']",
    'kind must be one of Issuer or ClusterIssuer (did you forget to set group?)',
  ],
];

const listNames = ['dnsNames', 'uris', 'emailAddresses', 'ipAddresses', 'otherNames'];
const isFilled = (list: string) => `(has(${list}) && size(${list}) > 0)`;
const subjectLists = [
  'organizations',
  'countries',
  'organizationalUnits',
  'localities',
  'provinces',
  'streetAddresses',
  'postalCodes',
];

const names: readonly RuleRow[] = [
  [
    'spec',
    [isSet('self.commonName'), isSet('self.literalSubject'), ...listNames.map((name) => isFilled(`self.${name}`))].join(
      ' || ',
    ),
    'at least one of commonName (from the commonName field or from a literalSubject), dnsNames, emailSANs, ipAddresses, otherNames, or uriSANs must be set',
  ],
  ['spec.commonName', 'size(bytes(self)) <= 64', 'may not be more than 64 bytes'],
  [
    'spec',
    `!(${isSet('self.literalSubject')} && ${isSet('self.commonName')})`,
    'When providing a `LiteralSubject` no `commonName` may be provided.',
  ],
  [
    'spec',
    `!${isSet('self.literalSubject')} || !has(self.subject) || !(${[
      ...subjectLists.map((name) => isFilled(`self.subject.${name}`)),
      isSet('self.subject.serialNumber'),
    ].join(' || ')})`,
    'When providing a `LiteralSubject` no `Subject` properties may be provided.',
  ],
];

const exclusive = 'renewBefore and renewBeforePercentage are mutually exclusive and cannot both be set';

const times: readonly RuleRow[] = [
  ['spec.duration', "duration(self) >= duration('1h')", 'certificate duration must be greater than 1h0m0s'],
  ['spec.renewBefore', "duration(self) >= duration('5m')", 'certificate renewBefore must be greater than 5m0s'],
  ['spec', '!(has(self.renewBefore) && has(self.renewBeforePercentage))', exclusive],
  [
    'spec',
    "!has(self.renewBefore) || duration(self.renewBefore) < duration(has(self.duration) ? self.duration : '2160h')",
    'certificate duration must be greater than renewBefore',
  ],
  // Without a duration nothing is asked of the percentage.
  [
    'spec',
    '!has(self.duration) || !has(self.renewBeforePercentage) || self.renewBeforePercentage < 100',
    'certificate renewBeforePercentage must result in a renewBefore greater than 5m0s',
  ],
  [
    'spec',
    '!has(self.duration) || !has(self.renewBeforePercentage) || self.renewBeforePercentage > 0',
    'certificate renewBeforePercentage must result in a renewBefore less than duration',
  ],
  ['spec.renewal', 'has(self.policy)', 'policy must be one of: "Disabled", "RenewBefore"'],
  [
    'spec.renewal',
    "!has(self.policy) || self.policy != 'Disabled' || !has(self.windows) || size(self.windows) == 0",
    'windows cannot be set when `renewal.policy` is set to Disabled',
  ],
];

const signatures = {
  RSA: ['SHA256WithRSA', 'SHA384WithRSA', 'SHA512WithRSA'],
  ECDSA: ['ECDSAWithSHA256', 'ECDSAWithSHA384', 'ECDSAWithSHA512'],
  Ed25519: ['PureEd25519'],
};
const keyAlgorithm = "(has(self.privateKey) && has(self.privateKey.algorithm) ? self.privateKey.algorithm : 'RSA')";

const keys: readonly RuleRow[] = [
  [
    'spec.privateKey',
    "(has(self.algorithm) && self.algorithm != 'RSA') || !has(self.size) || self.size <= 0 || (self.size >= 2048 && self.size <= 8192)",
    'size must be between 2048 and 8192 for rsa keyAlgorithm',
  ],
  [
    'spec.privateKey',
    "!has(self.algorithm) || self.algorithm != 'ECDSA' || !has(self.size) || self.size <= 0 || self.size in [256, 384, 521]",
    'size must be one of: "256", "384", "521" for ecdsa keyAlgorithm',
  ],
  ...Object.entries(signatures).map(([algorithm, allowed]): RuleRow => {
    const known = allowed.map((name) => `'${name}'`).join(', ');
    return [
      'spec',
      `!has(self.signatureAlgorithm) || ${keyAlgorithm} != '${algorithm}' || self.signatureAlgorithm in [${known}]`,
      `for key algorithm ${algorithm} the allowed signature algorithms are [${allowed.join(' ')}]`,
    ];
  }),
];

const keystore = (name: string, format: string): readonly RuleRow[] => {
  const path = `spec.keystores.${name}`;
  const hasReference = "has(self.passwordSecretRef) && self.passwordSecretRef.name != ''";
  return [
    [
      path,
      `!(has(self.password) && ${hasReference})`,
      `exactly one of passwordSecretRef and password must be provided for ${format} keystores; cannot set both`,
    ],
    [
      path,
      `has(self.password) || (${hasReference})`,
      `must set exactly one of passwordSecretRef and password must for ${format} keystores`,
    ],
    [`${path}.password`, "self != ''", `literal password cannot be empty if set on ${format} keystores`],
  ];
};

export const certificateSpecRules: readonly PlacedRule[] = placedRules([
  ['spec.secretName', "self != ''", 'must be specified'],
  [
    'spec.secretName',
    `self == '' || (size(self) <= 253 && self.matches('${subdomain}'))`,
    "must be a lowercase RFC 1123 subdomain of at most 253 characters: lower case alphanumeric characters, '-' or '.', starting and ending with an alphanumeric character",
  ],
  ...issuerReferenceRules('spec.issuerRef'),
  ...names,
  ...times,
  ...keys,
  ['spec.revisionHistoryLimit', 'self >= 1', 'must not be less than 1'],
  [
    'spec.secretTemplate.annotations',
    "self.all(key, !key.startsWith('cert-manager.io/') || key == 'cert-manager.io/allow-direct-injection')",
    'cert-manager.io/* annotations are not allowed',
  ],
  // There are two types: three entries hold one of them twice.
  [
    'spec.additionalOutputFormats',
    'size(self) < 2 || (size(self) == 2 && self[0].type != self[1].type)',
    'each type may be listed at most once',
  ],
  ...keystore('jks', 'JKS'),
  ...keystore('pkcs12', 'PKCS#12'),
  [
    'spec',
    '!has(self.nameConstraints) || (has(self.isCA) && self.isCA)',
    'isCa should be true when nameConstraints is set',
  ],
  ['spec.nameConstraints', 'has(self.permitted) || has(self.excluded)', 'either permitted or excluded must be set'],
]);
