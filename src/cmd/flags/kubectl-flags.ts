// The flags by which kubectl finds a cluster and says who asks, for commands that have them all, and what they ask for as values.
import { parseDuration } from '../../base/duration.ts';
import type { KubectlAccessOptions } from '../../kube/kubectl-access.ts';
import type { Flag, FlagGroup, FlagType } from './flag.ts';

const given = (name: string, type: FlagType, description: string, short?: string): Flag => ({
  name,
  type,
  default: type === 'bool' ? false : type === 'list' ? [] : '',
  description,
  ...(short === undefined ? {} : { short }),
});
const ignored = (name: string, type: FlagType, why: string): Flag => ({ ...given(name, type, why), ignored: why });

export const kubectlFlags: FlagGroup = {
  title: 'Cluster and credentials, as kubectl has them',
  flags: [
    given('namespace', 'string', "namespace to work in; empty: the context's, in a pod the pod's", 'n'),
    given('kubeconfig', 'string', 'kubeconfig file; empty: $KUBECONFIG, ~/.kube/config, or the pod that this is'),
    given('context', 'string', 'context of the kubeconfig to use'),
    given('cluster', 'string', 'cluster of the kubeconfig to use'),
    given('user', 'string', 'user of the kubeconfig to use'),
    given('server', 'string', 'URL of the API server', 's'),
    given('token', 'string', 'bearer token'),
    given('certificate-authority', 'string', "file with the CA of the API server's certificate"),
    given('client-certificate', 'string', 'file with a client certificate'),
    given('client-key', 'string', 'file with the key of the client certificate'),
    given('insecure-skip-tls-verify', 'bool', "do not check the API server's certificate"),
    given('tls-server-name', 'string', "name that the API server's certificate must have"),
    given('as', 'string', 'user to impersonate'),
    given('as-group', 'list', 'groups to impersonate'),
    given('as-uid', 'string', 'uid to impersonate'),
    given('as-user-extra', 'list', 'extra fields to impersonate, as key=value'),
    {
      ...given('request-timeout', 'string', 'how long the API server may take for an answer, such as 30s; 0: as usual'),
      default: '0',
    },
    ignored('cache-dir', 'string', 'nothing is kept on disk'),
    ignored('disable-compression', 'bool', 'answers are never compressed'),
  ],
};

/** What the flags ask for; `requestTimeoutMs` is undefined where nothing is asked for. */
export interface KubectlSettings {
  readonly access: Omit<KubectlAccessOptions, 'env'>;
  readonly requestTimeoutMs: number | undefined;
}

/** Adds to `problems` what does not fit together. */
export function kubectlSettings(values: ReadonlyMap<string, unknown>, problems: string[]): KubectlSettings {
  const text = (name: string): string => String(values.get(name) ?? '');
  const groups = (values.get('as-group') ?? []) as readonly string[];
  const extra = extraFields((values.get('as-user-extra') ?? []) as readonly string[], problems);
  const [user, uid] = [text('as'), text('as-uid')];
  if (user === '' && (groups.length > 0 || uid !== '' || Object.keys(extra).length > 0)) {
    problems.push('--as-group, --as-uid and --as-user-extra need --as');
  }
  return {
    access: {
      kubeconfig: text('kubeconfig'),
      overrides: {
        context: text('context'),
        cluster: text('cluster'),
        user: text('user'),
        namespace: text('namespace'),
        server: text('server'),
        tlsServerName: text('tls-server-name'),
        certificateAuthority: text('certificate-authority'),
        insecureSkipTlsVerify: values.get('insecure-skip-tls-verify') === true,
        token: text('token'),
        clientCertificate: text('client-certificate'),
        clientKey: text('client-key'),
      },
      ...(user === '' ? {} : { impersonate: { user, groups, uid, extra } }),
    },
    requestTimeoutMs: requestTimeout(text('request-timeout') || '0', problems),
  };
}

function extraFields(pairs: readonly string[], problems: string[]): Record<string, string[]> {
  const fields = new Map<string, string[]>();
  for (const pair of pairs) {
    const at = pair.indexOf('=');
    const name = pair.slice(0, at);
    if (at <= 0) problems.push(`--as-user-extra: "${pair}" is not key=value`);
    else fields.set(name, [...(fields.get(name) ?? []), pair.slice(at + 1)]);
  }
  return Object.fromEntries(fields);
}

/** A duration, or whole seconds, as kubectl takes it. */
function requestTimeout(text: string, problems: string[]): number | undefined {
  const ms = /^\d{1,9}$/.test(text) ? Number(text) * 1000 : parseDuration(text);
  if (ms === undefined || ms < 0) problems.push(`--request-timeout: "${text}" is not a duration such as 30s`);
  return ms === undefined || ms <= 0 ? undefined : ms;
}
