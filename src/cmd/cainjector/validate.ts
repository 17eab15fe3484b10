// The checks on a complete cainjector configuration that a type cannot state. Each problem names the field, as it stands in the file.
import { leaderElectionProblems, processProblems } from '../settings/checks.ts';
import type { CainjectorConfiguration } from './configuration.ts';

const namespaceName = /^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$/;

/** Empty where the configuration can be used. */
export function configurationProblems(config: CainjectorConfiguration): string[] {
  const { namespace, ignoreNamespaces } = config;
  const named = (field: string, names: readonly string[]): string[] =>
    names.filter((name) => !namespaceName.test(name)).map((name) => `${field}: "${name}" is no name of a namespace`);
  return [
    ...named('namespace', namespace === '' ? [] : [namespace]),
    ...named('ignoreNamespaces', ignoreNamespaces),
    ...(ignoreNamespaces.includes(namespace)
      ? [`ignoreNamespaces: ignores ${namespace}, the only namespace that namespace allows`]
      : []),
    ...leaderElectionProblems(config.leaderElectionConfig),
    ...processProblems(config),
  ];
}
