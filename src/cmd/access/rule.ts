// A rule of Kubernetes' RBAC, and the words to write many of them. Knows no particular role.

export interface Rule {
  readonly apiGroups: readonly string[];
  readonly resources: readonly string[];
  readonly verbs: readonly string[];
  /** Absent: objects of any name. Does not narrow `create` and `list`. */
  readonly resourceNames?: readonly string[];
}

/** Get, list and watch. */
export const read = ['get', 'list', 'watch'];

/** `resources`: plural names with their subresources, one space between them. */
export function rule(
  group: string,
  resources: string,
  verbs: readonly string[],
  resourceNames?: readonly string[],
): Rule {
  return {
    apiGroups: [group],
    resources: resources.split(' '),
    verbs,
    ...(resourceNames === undefined ? {} : { resourceNames }),
  };
}

/** True when one of the rules allows the verb on objects of any name, or on some. */
export function allows(rules: readonly Rule[], group: string, resource: string, verb: string): boolean {
  return rules.some(
    ({ apiGroups, resources, verbs }) =>
      apiGroups.includes(group) && resources.includes(resource) && verbs.includes(verb),
  );
}
