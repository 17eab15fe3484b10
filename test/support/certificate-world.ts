// A Certificate and everything around it as plain values: decisions are carried out on them, so that whole lives of a Certificate can be played
// without a cluster. Not a fake API server: it knows nothing of admission, ownership of fields or conflicts.
import type { Certificate, CertificateSpec } from '../../src/api/certificate.ts';
import type { CertificateRequest } from '../../src/api/certificate-request.ts';
import { setCondition } from '../../src/api/conditions.ts';
import { controllerUid, type ManagedFieldsEntry, type ObjectMeta } from '../../src/api/meta.ts';
import type { Call, Outcome, RenewalAnswer, RenewalQuestion } from '../../src/controllers/certificate/call.ts';
import { decide } from '../../src/controllers/certificate/decide.ts';
import { stableRequestName } from '../../src/controllers/certificate/names.ts';
import { perform } from '../../src/controllers/certificate/perform.ts';
import { Repeats, repeatedBy } from '../../src/controllers/certificate/repeats.ts';
import { type RawSecret, secretFactsOf } from '../../src/controllers/certificate/secret-ingest.ts';
import type { CertificateSettings, IssuerSeen, Seen, Stage } from '../../src/controllers/certificate/seen.ts';
import { settle } from '../../src/controllers/certificate/settle.ts';
import type { Action, Manifest, Wake } from '../../src/kube/reconcile.ts';
import { defaultPemLimits } from '../../src/pki/limits.ts';
import { signedBySomeCA } from './some-ca.ts';

const stages: readonly Stage[] = [
  'trigger',
  'key-manager',
  'request-manager',
  'issuing',
  'readiness',
  'revision-manager',
];

export const settings: CertificateSettings = {
  stages: new Set(stages),
  enableOwnerRef: false,
  minimumBackoffMs: 3600_000,
  maximumBackoffMs: 32 * 3600_000,
  copiedAnnotationPrefixes: ['*', '-kubectl.kubernetes.io/', '-fluxcd.io/', '-argocd.argoproj.io/'],
  gates: {
    ACMEUseARI: true,
    StableCertificateRequestName: true,
    LiteralCertificateSubject: true,
    UseCertificateRequestBasicConstraints: false,
    NameConstraints: true,
    OtherNames: true,
  },
};

export interface Told {
  readonly by: string;
  readonly type: 'Normal' | 'Warning';
  readonly reason: string;
  readonly message: string;
}

export class CertificateWorld {
  certificate: Certificate;
  now: Date;
  secrets = new Map<string, RawSecret>();
  requests = new Map<string, CertificateRequest>();
  issuer: IssuerSeen = { kind: 'foreign' };
  others: readonly Certificate[] = [];
  readonly events: Told[] = [];
  readonly writes: string[] = [];
  wake: Wake = 'onChange';
  /** Whether the issuer is an ACME issuer, what its server says of a certificate, and what it was asked about. */
  asksServer = false;
  renewalInfo: (renewalId: string) => RenewalAnswer = () => ({ kind: 'none' });
  readonly questions: string[] = [];
  /** What the API server answers to a write instead of carrying it out. */
  refuse: (action: Action) => Error | undefined = () => undefined;
  readonly #memory = new Repeats();
  settings: CertificateSettings;
  #version = 1;

  constructor(
    spec: Partial<CertificateSpec>,
    options: { now?: string; settings?: CertificateSettings; meta?: Partial<ObjectMeta> } = {},
  ) {
    this.now = new Date(options.now ?? '2026-01-01T00:00:00Z');
    this.settings = options.settings ?? settings;
    this.certificate = {
      apiVersion: 'cert-manager.io/v1',
      kind: 'Certificate',
      metadata: { ...this.#meta('web', 1), ...options.meta },
      spec: {
        secretName: 'web-tls',
        dnsNames: ['web.example.com'],
        privateKey: { algorithm: 'ECDSA' },
        issuerRef: { name: 'ca' },
        ...spec,
      },
    };
  }

  #meta(name: string, generation?: number): ObjectMeta {
    const version = String(this.#version++);
    return {
      name,
      namespace: 'app',
      uid: `uid-${version}`,
      resourceVersion: version,
      creationTimestamp: this.now.toISOString().replace('.000Z', 'Z'),
      ...(generation === undefined ? {} : { generation }),
    };
  }

  seen(): Seen {
    const { certificate } = this;
    const target = this.secrets.get(certificate.spec.secretName);
    const keys = [...this.secrets.values()].filter(
      (secret) => controllerUid(secret.metadata) === certificate.metadata.uid,
    );
    return {
      certificate,
      secret: target && secretFactsOf(target, defaultPemLimits),
      sharing: [certificate, ...this.others],
      requests: [...this.requests.values()].filter(
        (request) => controllerUid(request.metadata) === certificate.metadata.uid,
      ),
      nameHolder: this.requests.get(
        stableRequestName(certificate.metadata.name, (certificate.status?.revision ?? 0) + 1),
      ),
      keySecrets: keys.map((secret) => secretFactsOf(secret, defaultPemLimits)),
      issuer: this.issuer,
      asksServer: this.asksServer,
      ...this.#memory.of(certificate),
    };
  }

  /** One reconcile. Answers the writes it made, as `verb name`. */
  async step(): Promise<readonly string[]> {
    const seen = this.seen();
    const decision = decide(seen, this.settings, this.now);
    const made =
      decision.kind === 'write'
        ? decision
        : settle(seen, decision.call, await this.#perform(seen, decision.call), this.settings, this.now);
    this.wake = made.wake;
    const before = this.writes.length;
    const what = decision.kind === 'call' ? repeatedBy(seen, decision.call) : undefined;
    try {
      for (const action of made.actions) this.#execute(action);
      if (decision.kind === 'call' && made.actions.length > 0) this.#memory.done(this.certificate, what, this.now);
    } catch (error) {
      this.writes.push('refused');
      this.#memory.failed(this.certificate, made.actions, error, this.now);
    }
    return this.writes.slice(before);
  }

  async #perform(seen: Seen, what: Call): Promise<Outcome> {
    const io = {
      fetchSecret: async (_namespace: string | undefined, name: string) => this.secrets.get(name),
      askServer: async ({ renewalId }: RenewalQuestion) => {
        this.questions.push(renewalId);
        return this.renewalInfo(renewalId);
      },
      random: () => 0.5,
      now: () => this.now,
      pemLimits: defaultPemLimits,
    };
    return perform(seen, what, this.settings, io, new AbortController().signal);
  }

  /** Reconciles until nothing is written; fails after `limit` rounds. Answers how many rounds wrote something. */
  async settle(limit = 10): Promise<number> {
    for (let round = 0; round < limit; round++) if ((await this.step()).length === 0) return round;
    throw new Error(`not at rest after ${limit} rounds: ${this.writes.slice(-5).join(', ')}`);
  }

  /** The whole life up to the stored certificate, with an issuer that signs whatever it is asked for. */
  async issue(options?: { durationMs?: number; backdatedMs?: number }): Promise<void> {
    for (let round = 0; round < 12; round++) {
      await this.settle();
      const open = [...this.requests.values()].filter(isOpen);
      if (open.length === 0) return;
      for (const request of open) this.sign(request.metadata.name, options);
    }
    throw new Error('always another request');
  }

  /** Answers a request with a certificate signed by nobody in particular. */
  sign(name: string, options: { durationMs?: number; backdatedMs?: number } = {}): void {
    const request = this.requests.get(name);
    if (request === undefined) throw new Error(`no request ${name}`);
    const from = new Date(this.now.getTime() - (options.backdatedMs ?? 0));
    const pem = Buffer.from(signedBySomeCA(request, from, options.durationMs ?? 90 * 24 * 3600_000)).toString('base64');
    this.answer(
      name,
      { certificate: pem, ca: pem },
      { type: 'Ready', status: 'True', reason: 'Issued', message: 'issued' },
    );
  }

  /** Sets status fields and one condition of a request. */
  answer(
    name: string,
    status: object,
    condition: { type: string; status: 'True' | 'False'; reason: string; message: string },
  ): void {
    const request = this.requests.get(name);
    if (request === undefined) throw new Error(`no request ${name}`);
    const conditions = setCondition(request.status?.conditions, condition, this.now);
    this.requests.set(name, { ...request, status: { ...request.status, ...status, conditions } });
  }

  /** A user edits the spec. */
  edit(spec: Partial<CertificateSpec>): void {
    const { metadata } = this.certificate;
    const edited = { ...metadata, generation: (metadata.generation ?? 0) + 1 };
    this.certificate = { ...this.certificate, metadata: edited, spec: { ...this.certificate.spec, ...spec } };
  }

  advance(ms: number): void {
    this.now = new Date(this.now.getTime() + ms);
  }

  #execute(action: Action): void {
    const error = this.refuse(action);
    if (error !== undefined) throw error;
    if (action.kind === 'event') {
      const { by, type, reason, message } = action;
      this.events.push({ by, type, reason, message });
      return;
    }
    if (action.kind === 'status') {
      this.writes.push(`status ${action.object.metadata.name}`);
      this.certificate = { ...this.certificate, status: action.status };
      return;
    }
    if (action.kind === 'finalizers' || action.kind === 'ownership' || action.kind === 'update')
      throw new Error(`no ${action.kind} are expected here`);
    if (action.kind === 'delete') {
      this.writes.push(`delete ${action.key.name}`);
      this.secrets.delete(action.key.name);
      this.requests.delete(action.key.name);
      return;
    }
    const { manifest } = action;
    this.writes.push(`${action.kind} ${manifest.metadata.name}`);
    const known = this.secrets.get(manifest.metadata.name)?.metadata ?? this.#meta(manifest.metadata.name);
    const owned = action.kind === 'apply' ? { managedFields: [applied(action.by, manifest)] } : {};
    const stored = { ...manifest, metadata: { ...known, ...manifest.metadata, ...owned } };
    if (manifest.kind === 'Secret') this.secrets.set(manifest.metadata.name, stored as unknown as RawSecret);
    else this.requests.set(manifest.metadata.name, stored as unknown as CertificateRequest);
  }
}

/** What the API server notes about who owns the fields of an applied Secret. */
function applied(manager: string, manifest: Manifest): ManagedFieldsEntry {
  const fields = (values: unknown) => Object.fromEntries(Object.keys(values ?? {}).map((key) => [`f:${key}`, {}]));
  const { labels, annotations, ownerReferences = [] } = manifest.metadata as Partial<ObjectMeta>;
  const owners = Object.fromEntries(ownerReferences.map(({ uid }) => [`k:{"uid":"${uid}"}`, {}]));
  const metadata = { 'f:labels': fields(labels), 'f:annotations': fields(annotations), 'f:ownerReferences': owners };
  return {
    manager,
    operation: 'Apply',
    fieldsType: 'FieldsV1',
    fieldsV1: { 'f:metadata': metadata, 'f:data': fields(manifest['data']), 'f:type': {} },
  };
}

function isOpen({ status }: CertificateRequest): boolean {
  return (status?.conditions ?? []).every(({ reason }) => reason === 'Pending');
}
