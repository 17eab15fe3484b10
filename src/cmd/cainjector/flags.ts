// Every flag of cainjector, in one table: name, place in the configuration document, default, meaning.
// Defaults, the help text, parsing and the document's completeness all come from here.
import { type Flag, type FlagGroup, flag } from '../flags/flag.ts';
import { loggingFlags } from '../flags/logging-flags.ts';
import {
  basicFlags,
  kubeconfigFlag,
  leaderElectionFlags,
  metricsFlags,
  profilingFlags,
} from '../flags/process-flags.ts';

const general: FlagGroup = {
  title: 'General',
  flags: [
    ...basicFlags('CAInjectorConfiguration'),
    kubeconfigFlag,
    flag('namespace', 'namespace', 'string', '', 'take CAs from Secrets and Certificates of this namespace only'),
    flag('ignore-namespaces', 'ignoreNamespaces', 'list', [], 'namespaces from which no CA is taken'),
  ],
};

const injectable = (name: string, field: string, what: string): Flag =>
  flag(`enable-${name}-injectable`, `enableInjectableConfig.${field}`, 'bool', true, `inject CAs into ${what}`);

const injection: FlagGroup = {
  title: 'Injection',
  flags: [
    flag(
      'enable-certificates-data-source',
      'enableDataSourceConfig.certificates',
      'bool',
      true,
      'take CAs from Certificates, too; needs their CustomResourceDefinition',
    ),
    injectable('validatingwebhookconfigurations', 'validatingWebhookConfigurations', 'ValidatingWebhookConfigurations'),
    injectable('mutatingwebhookconfigurations', 'mutatingWebhookConfigurations', 'MutatingWebhookConfigurations'),
    injectable(
      'customresourcedefinitions',
      'customResourceDefinitions',
      'CustomResourceDefinitions with a conversion webhook',
    ),
    injectable('apiservices', 'apiServices', 'APIServices'),
  ],
};

export const cainjectorFlagGroups: readonly FlagGroup[] = [
  general,
  injection,
  { title: 'Leader election', flags: leaderElectionFlags },
  { title: 'Metrics and profiling', flags: [...metricsFlags, ...profilingFlags] },
  loggingFlags,
];

export const cainjectorFlags: readonly Flag[] = cainjectorFlagGroups.flatMap(({ flags }) => flags);
