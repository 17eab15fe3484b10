// What tests on a real API server do again and again with Certificates and what belongs to them.

import type { Certificate } from '../../src/api/certificate.ts';
import type { CertificateRequest } from '../../src/api/certificate-request.ts';
import { type Condition, conditionOf, type NewCondition, setCondition } from '../../src/api/conditions.ts';
import { certificateRequests, certificates, issuers } from '../../src/api/kinds.ts';
import { annotations } from '../../src/api/labels.ts';
import type { KubeObject } from '../../src/api/meta.ts';
import { events, resourcePath, secrets } from '../../src/kube/resources.ts';
import type { Manifest } from './api-client.ts';
import { auditCounts, untilAuditIsQuiet } from './audit-log.ts';
import type { ControlPlane } from './control-plane.ts';
import type { TlsSecret } from './openssl.ts';
import { operatorUser } from './operator.ts';
import { until } from './until.ts';

export interface StoredEvent extends KubeObject {
  readonly type?: string;
  readonly reason?: string;
  readonly message?: string;
  readonly involvedObject?: { readonly kind?: string; readonly name?: string };
}

/** A condition as a test compares it. */
export type Said = readonly [status: string | undefined, reason: string | undefined, message: string | undefined];

/** One namespace of a test, and short words for what is in it. */
export class TestNamespace {
  readonly plane: ControlPlane;
  readonly name: string;

  constructor(plane: ControlPlane, name: string) {
    this.plane = plane;
    this.name = name;
  }

  static async create(plane: ControlPlane, prefix: string): Promise<TestNamespace> {
    return new TestNamespace(plane, await plane.createNamespace(prefix));
  }

  certificate(name: string): Promise<Certificate> {
    return this.plane.client.get<Certificate>(certificates, { namespace: this.name, name });
  }

  edit(name: string, patch: object): Promise<Certificate> {
    return this.plane.client.merge<Certificate>(certificates, { namespace: this.name, name }, patch);
  }

  secret(name: string): Promise<TlsSecret> {
    return this.plane.client.get<TlsSecret>(secrets, { namespace: this.name, name });
  }

  request(name: string): Promise<CertificateRequest | undefined> {
    return this.plane.client.find<CertificateRequest>(certificateRequests, { namespace: this.name, name });
  }

  /** Names of the requests made for a Certificate that are still there, sorted. */
  async requestsOf(certificate: string): Promise<string[]> {
    const all = await this.plane.client.list<CertificateRequest>(certificateRequests, this.name);
    const own = all.filter(({ metadata }) => metadata.annotations?.[annotations.certificateName] === certificate);
    return own.map(({ metadata }) => metadata.name).toSorted();
  }

  /** How many CertificateRequests the operator has ever created here. */
  async requestsCreated(): Promise<number> {
    await untilAuditIsQuiet(this.plane.auditLog);
    const rows = auditCounts(this.plane.auditLog, { user: operatorUser, namespace: this.name });
    return rows
      .filter(({ verb, resource, code }) => verb === 'create' && resource === 'certificaterequests' && code === 201)
      .reduce((sum, { count }) => sum + count, 0);
  }

  /** `type reason message` of the events about an object, sorted. */
  async eventsAbout(name: string): Promise<string[]> {
    const all = await this.plane.client.list<StoredEvent>(events, this.name);
    const about = all.filter(({ involvedObject }) => involvedObject?.name === name);
    return about.map(({ type, reason, message }) => `${type} ${reason} ${message}`).toSorted();
  }

  /** A condition of a Certificate. */
  async said(name: string, type: string): Promise<Said> {
    const { status } = await this.certificate(name);
    return saidBy(conditionOf(status?.conditions, type));
  }

  /** Waits until a condition of a Certificate has a text in its message; answers the condition. */
  untilSaid(name: string, type: string, text: string): Promise<Condition> {
    return until(`${type} of Certificate ${name} says: ${text}`, async () => {
      const { status } = await this.certificate(name);
      const condition = conditionOf(status?.conditions, type);
      return condition?.message?.includes(text) === true && condition;
    });
  }

  /** Waits for an event about an object with this reason and message. */
  async untilEvent(name: string, expected: string): Promise<void> {
    await until(`the event about ${name}: ${expected}`, async () => (await this.eventsAbout(name)).includes(expected));
  }

  /** The STATUS column of `kubectl get certificate -o wide`. */
  async statusColumn(name: string): Promise<string> {
    const text = await this.plane.kubectl(['get', 'certificate', name, `--namespace=${this.name}`, '-o', 'wide']);
    const [header = '', row = ''] = text.split('\n');
    return row.slice(header.indexOf('STATUS'), header.indexOf('AGE')).trim();
  }

  /** Sets one condition, and other status fields, as somebody else's controller would. */
  async conclude(
    request: string,
    condition: NewCondition,
    status: object = {},
    client = this.plane.client,
  ): Promise<void> {
    const current = await until(`request ${request} is there`, () => this.request(request));
    const conditions = setCondition(current.status?.conditions, condition, new Date());
    await client.merge(
      certificateRequests,
      { namespace: this.name, name: request },
      { status: { ...status, conditions } },
      'status',
    );
  }

  /** As `cmctl renew` asks for a renewal. */
  async renew(name: string): Promise<void> {
    const { status, ...certificate } = await this.certificate(name);
    const message = 'Certificate re-issuance manually triggered';
    const condition = { type: 'Issuing', status: 'True', reason: 'ManuallyTriggered', message } as const;
    const conditions = setCondition(status?.conditions, condition, new Date());
    const renewed = { ...certificate, status: { ...status, conditions } } as unknown as Manifest;
    await this.plane.client.replace(certificates, renewed, 'status');
  }

  /** Removes what would keep later operators busy; the namespace stays. */
  async clear(): Promise<void> {
    for (const kind of [certificates, certificateRequests, issuers])
      await this.plane.client.request('DELETE', resourcePath(kind, { namespace: this.name }));
  }
}

export function saidBy(condition: Condition | undefined): Said {
  return [condition?.status, condition?.reason, condition?.message];
}
