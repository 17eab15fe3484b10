// What the API server itself asks of what asks for a signature: CertificateRequest, Order and Challenge. Mostly that it stays what it was.
import { issuerReferenceRules } from './certificate-rules.ts';
import { all, type PlacedRule, placedRules, type RuleRow, read, unchanged } from './placed-rules.ts';

/** Whether an issuer reference names what it named. */
const sameIssuerRef = all([
  'self.issuerRef.name == oldSelf.issuerRef.name',
  unchanged('issuerRef.kind', "''"),
  unchanged('issuerRef.group', "''"),
]);

/** Clients in Go write durations back in another notation: lengths are compared, not texts. */
const sameDuration =
  'has(self.duration) == has(oldSelf.duration) && (!has(self.duration) || duration(self.duration) == duration(oldSelf.duration))';

export const certificateRequestRules: readonly PlacedRule[] = placedRules([
  ...issuerReferenceRules('spec.issuerRef'),
  [
    'spec',
    all([
      'self.request == oldSelf.request',
      sameIssuerRef,
      sameDuration,
      unchanged('isCA', 'false'),
      unchanged('usages', '[]'),
      unchanged('username', "''"),
      unchanged('uid', "''"),
      unchanged('groups', '[]'),
      unchanged('extra', '{}'),
    ]),
    'cannot change spec after creation',
  ],
  [
    'status.conditions',
    "!(self.exists(each, each.type == 'Approved') && self.exists(each, each.type == 'Denied'))",
    "both 'Denied' and 'Approved' conditions cannot coexist",
  ],
  ...['Approved', 'Denied'].map(
    (type): RuleRow => [
      'status.conditions[]',
      `self.type != '${type}' || self.status == 'True'`,
      `"${type}" condition may only be set to True`,
    ],
  ),
  // Reason and message are not compared: texts without a limit in a list without one are more than the API server estimates to bear.
  [
    'status.conditions[]',
    "!(self.type == 'Approved' || self.type == 'Denied') || (has(self.lastTransitionTime) ? has(oldSelf.lastTransitionTime) && self.lastTransitionTime == oldSelf.lastTransitionTime : !has(oldSelf.lastTransitionTime))",
    "'Approved' and 'Denied' conditions may not be modified once set",
  ],
  ...['Approved', 'Denied'].map(
    (type): RuleRow => [
      'status',
      `!has(oldSelf.conditions) || !oldSelf.conditions.exists(each, each.type == '${type}') || (has(self.conditions) && self.conditions.exists(each, each.type == '${type}'))`,
      `'${type}' condition may not be modified once set`,
    ],
  ),
]);

const once = 'field is immutable once set';

/** Ours: an order that failed for a cause that may pass is placed anew. It counts that, and takes back all that the server said about it. */
const withdrawn = [
  `${read('self.failedAttempts', '0')} > ${read('oldSelf.failedAttempts', '0')}`,
  ...['url', 'finalizeURL'].map((member) => `${read(`self.${member}`, "''")} == ''`),
  `size(${read('self.authorizations', '[]')}) == 0`,
  '!has(self.certificate)',
].join(' && ');

/** A text that may be set once. */
const setOnce = (member: string): RuleRow => [
  'status',
  `${read(`oldSelf.${member}`, "''")} == '' || ${unchanged(member, "''")} || (${withdrawn})`,
  `${member}: ${once}`,
];

export const orderRules: readonly PlacedRule[] = placedRules([
  ['spec.request', 'self == oldSelf', once],
  setOnce('url'),
  setOnce('finalizeURL'),
  [
    'status',
    '!has(oldSelf.certificate) || (has(self.certificate) && self.certificate == oldSelf.certificate)',
    `certificate: ${once}`,
  ],
  [
    'status',
    `!has(oldSelf.authorizations) || size(oldSelf.authorizations) == 0 || (has(self.authorizations) && size(self.authorizations) == size(oldSelf.authorizations)) || (${withdrawn})`,
    `authorizations: ${once}`,
  ],
]);

export const challengeRules: readonly PlacedRule[] = placedRules([
  [
    'spec',
    all([
      ...['url', 'authorizationURL', 'dnsName', 'type', 'token', 'key'].map(
        (name) => `self.${name} == oldSelf.${name}`,
      ),
      unchanged('wildcard', 'false'),
      sameIssuerRef,
      // The whole solver is not compared: clients in Go write it back with quantities and durations in other words.
      ...['http01', 'dns01'].map((name) => `has(self.solver.${name}) == has(oldSelf.solver.${name})`),
    ]),
    'challenge spec is immutable after creation',
  ],
]);
