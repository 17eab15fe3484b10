// What a user sees of an ACME issuance that is held up or failed, and what must not be seen of it.
import type { Certificate } from '../../src/api/certificate.ts';
import type { CertificateRequest } from '../../src/api/certificate-request.ts';
import type { Challenge } from '../../src/api/challenge.ts';
import { conditionOf } from '../../src/api/conditions.ts';
import { certificateRequests, certificates, challenges, issuers, orders } from '../../src/api/kinds.ts';
import type { KubeObject } from '../../src/api/meta.ts';
import type { Order } from '../../src/api/order.ts';
import { events } from '../../src/kube/resources.ts';
import type { AcmeProxy, Asked, Endpoint } from './acme-proxy.ts';
import type { ControlPlane } from './control-plane.ts';
import { until } from './until.ts';

/** The message of Ready, which names what is waited for. */
export async function messageOf({ client }: ControlPlane, namespace: string, name = 'web'): Promise<string> {
  const { status } = await client.get<Certificate>(certificates, { namespace, name });
  return conditionOf(status?.conditions, 'Ready')?.message ?? '';
}

/** Once the message of Ready matches; says what it was where it never does. */
export async function untilCause(
  plane: ControlPlane,
  namespace: string,
  cause: RegExp,
  deadlineMs?: number,
): Promise<string> {
  let last = '';
  try {
    return await until(
      `the Certificate says ${cause}`,
      async () => {
        last = await messageOf(plane, namespace);
        return cause.test(last) && last;
      },
      deadlineMs,
      100,
    );
  } catch (error) {
    throw new Error(`${(error as Error).message}; it says: ${last}`);
  }
}

/** What has failed for good, or was counted as a failure; none where all is well. */
export async function failuresIn({ client }: ControlPlane, namespace: string): Promise<readonly string[]> {
  const [all, requests, placed] = await Promise.all([
    client.list<Certificate>(certificates, namespace),
    client.list<CertificateRequest>(certificateRequests, namespace),
    client.list<Order>(orders, namespace),
  ]);
  return [
    ...all.filter(({ status }) => status?.failedIssuanceAttempts || status?.lastFailureTime).map(() => 'certificate'),
    ...requests.filter(({ status }) => status?.failureTime !== undefined).map(() => 'request'),
    ...placed.filter(({ status }) => status?.failureTime || status?.failedAttempts).map(() => 'order'),
    ...(requests.length === 1 && placed.length <= 1 ? [] : [`${requests.length} requests, ${placed.length} orders`]),
  ];
}

/** All that is said of the namespace's issuance, as text. */
export async function everythingSaid({ client }: ControlPlane, namespace: string): Promise<string> {
  const kinds = [issuers, certificates, certificateRequests, orders, challenges, events];
  const all = await Promise.all(kinds.map((kind) => client.list<KubeObject>(kind, namespace)));
  return JSON.stringify(all);
}

export async function challengesIn({ client }: ControlPlane, namespace: string): Promise<readonly Challenge[]> {
  return client.list<Challenge>(challenges, namespace);
}

/** Holds the first request of an endpoint until `release`. */
export function holdFirst(proxy: AcmeProxy, endpoint: Endpoint): { readonly reached: Promise<Asked>; release(): void } {
  let release = (): void => {};
  let reach = (_: Asked): void => {};
  const released = new Promise<undefined>((resolve) => {
    release = () => resolve(undefined);
  });
  const reached = new Promise<Asked>((resolve) => {
    reach = resolve;
  });
  proxy.fault = (asked) => {
    if (asked.endpoint !== endpoint) return undefined;
    reach(asked);
    return released;
  };
  return { reached, release };
}
