// Challenges for HTTP-01 and the settings of their objects, for pure tests: say what matters, the rest is as plain as can be. Deeply frozen.
import type { Challenge, ChallengeSpec, ChallengeStatus } from '../../src/api/challenge.ts';
import type { HTTP01Solver } from '../../src/api/solver.ts';
import type { Http01Settings } from '../../src/solvers/http01/settings.ts';
import { deepFreeze, someTimeText } from './request-builders.ts';

export const someThumbprint = '3gKxDGGU8zvMMLU_LWVv_jYGnW1EK2s_pM48diGBgLE';
export const someToken = '75n_No7Z_Dw4D4QX9Zkw0ybPqmP25g_DnpldkennBRU';

export const plainSettings: Http01Settings = {
  solverImage: 'registry.example/solver:1',
  resources: { requests: { cpu: '10m', memory: '64Mi' }, limits: { cpu: '100m', memory: '64Mi' } },
  runAsNonRoot: true,
  runtimeClassName: '',
  extraLabels: {},
  exactPaths: true,
};

export const sharedSettings: Http01Settings = {
  ...plainSettings,
  shared: { namespace: 'cert-manager', name: 'cert-manager-acme-solver' },
};

/** `app/web` for web.example.com, of the issuer `app/acme`. */
export function anHttp01Challenge(
  http01: HTTP01Solver = { ingress: { ingressClassName: 'nginx' } },
  spec: Partial<ChallengeSpec> = {},
  status?: ChallengeStatus,
  metadata: Partial<Challenge['metadata']> = {},
): Challenge {
  const token = spec.token ?? someToken;
  return deepFreeze({
    apiVersion: 'acme.cert-manager.io/v1',
    kind: 'Challenge',
    metadata: {
      name: 'web',
      namespace: 'app',
      uid: 'uid-of-web',
      resourceVersion: '1',
      creationTimestamp: someTimeText,
      ...metadata,
    },
    spec: {
      url: 'https://ca.example/challenge/1',
      authorizationURL: 'https://ca.example/authorization/1',
      dnsName: 'web.example.com',
      wildcard: false,
      type: 'HTTP-01',
      token,
      key: `${token}.${someThumbprint}`,
      solver: { http01 },
      issuerRef: { name: 'acme' },
      ...spec,
    },
    ...(status === undefined ? {} : { status }),
  } as Challenge);
}
