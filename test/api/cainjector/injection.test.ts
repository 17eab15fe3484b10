// The CA injection on a real API server, with the rights of the chart's role: every kind of target, every source, and what may go wrong.
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { certificates } from '../../../src/api/kinds.ts';
import type { KubeObject } from '../../../src/api/meta.ts';
import { ApiError } from '../../../src/base/errors.ts';
import { freeWrites, leaderFirstMs } from '../../../src/controllers/cainjector/decide.ts';
import {
  apiServices,
  definitions,
  manifestFor,
  mutatingWebhookConfigurations,
  type TargetKind,
  targetKinds,
  validatingWebhookConfigurations,
} from '../../../src/controllers/cainjector/targets.ts';
import { resourcePath, secrets } from '../../../src/kube/resources.ts';
import { auditCounts, auditOffset, objectWrites, total, untilAuditIsQuiet } from '../../support/audit-log.ts';
import { type Cainjector, cainjectorUser, startCainjector } from '../../support/cainjector.ts';
import { type ControlPlane, startControlPlane } from '../../support/control-plane.ts';
import { aCaPem, base64 } from '../../support/injection-builders.ts';
import {
  annotation,
  bundlesOf,
  caSecret,
  nameOfTarget,
  targetManifest,
  withoutConversion,
} from '../../support/injection-targets.ts';
import { ManualClock } from '../../support/manual-clock.ts';
import { until } from '../../support/until.ts';

const by = 'cert-manager-cainjector';
const now = new Date();
const ca = aCaPem('ca', 24, now);
const next = aCaPem('next', 24, now);
const foreign = aCaPem('foreign', 24, now);
const expired = aCaPem('expired', -1, now);

interface EventObject extends KubeObject {
  readonly involvedObject: { readonly kind: string; readonly name: string };
  readonly reason: string;
  readonly message: string;
  readonly type: string;
  readonly count: number;
}

describe('cainjector', () => {
  let plane: ControlPlane;
  let running: Cainjector | undefined;
  let namespace: string;
  let serial = 0;

  before(async () => {
    plane = await startControlPlane({ crds: true });
    namespace = await plane.createNamespace('inject');
  });
  after(async () => {
    await running?.stop();
    await plane?.stop();
  });

  const start = async (options: Parameters<typeof startCainjector>[1] = {}): Promise<Cainjector> => {
    running = await startCainjector(plane, options);
    await running.started;
    return running;
  };
  const stop = async (): Promise<void> => {
    await running?.stop();
    running = undefined;
  };
  const fresh = (prefix: string): string => `${prefix}${++serial}`;
  const apply = (
    kind: TargetKind,
    ...rest: Parameters<typeof targetManifest> extends [unknown, ...infer R] ? R : never
  ) => plane.client.apply<KubeObject>(kind.resource, targetManifest(kind, ...rest), 'owner');
  const live = (kind: TargetKind, name: string): Promise<KubeObject> =>
    plane.client.get(kind.resource, { name: nameOfTarget(kind, name) });
  const bundles = async (kind: TargetKind, name: string) => bundlesOf(kind, await live(kind, name));
  const injected = (kind: TargetKind, name: string, bundle: string): Promise<unknown> =>
    until(`${kind.resource.kind} ${name} has its bundle`, async () => {
      const found = await bundles(kind, name);
      return found.length > 0 && found.every((each) => each === bundle);
    });
  const allowing = { 'cert-manager.io/allow-direct-injection': 'true' };
  const put = (name: string, content: string | undefined, annotations: Record<string, string> = allowing) =>
    plane.client.apply(secrets, caSecret(namespace, name, content, annotations));
  const certificate = (name: string, secretName: string) =>
    plane.client.apply(certificates, {
      apiVersion: 'cert-manager.io/v1',
      kind: 'Certificate',
      metadata: { namespace, name },
      spec: { secretName, dnsNames: ['a.example'], issuerRef: { name: 'none' } },
    });
  const writesSince = async (offset: number) => {
    await untilAuditIsQuiet(plane.auditLog);
    return objectWrites(auditCounts(plane.auditLog, { user: cainjectorUser, sinceOffset: offset }));
  };
  const eventsAbout = async (name: string): Promise<EventObject[]> =>
    (
      await plane.client.list<EventObject>(
        { group: '', version: 'v1', plural: 'events', kind: 'Event', namespaced: true },
        'default',
      )
    ).filter(({ involvedObject }) => involvedObject.name === name);
  const event = (name: string, reason: string): Promise<EventObject> =>
    until(`an event ${reason} about ${name}`, async () =>
      (await eventsAbout(name)).find((each) => each.reason === reason),
    );

  it('injects from a Secret into all four kinds with one write each, and owns the bundles alone', async () => {
    await start();
    const offset = auditOffset(plane.auditLog);
    const [name, secret] = [fresh('all'), fresh('ca')];
    for (const kind of targetKinds) await apply(kind, name, { [annotation.fromSecret]: `${namespace}/${secret}` });
    await put(secret, ca);
    for (const kind of targetKinds) await injected(kind, name, ca);
    assert.equal(total(await writesSince(offset)), targetKinds.length);
    const { metadata } = await live(validatingWebhookConfigurations, name);
    const ours = metadata.managedFields?.filter((entry) => entry.manager === by);
    assert.deepEqual(
      ours?.map(({ operation, fieldsV1 }) => ({ operation, fieldsV1 })),
      [
        {
          operation: 'Apply',
          fieldsV1: {
            'f:webhooks': Object.fromEntries(
              ['a', 'b'].map((each) => [
                `k:{"name":"${each}.web.example"}`,
                { '.': {}, 'f:clientConfig': { 'f:caBundle': {} }, 'f:name': {} },
              ]),
            ),
          },
        },
      ],
    );
  });

  for (const kind of targetKinds) {
    it(`${kind.resource.kind}: appends the CA of a rotated Secret, drops what has expired, heals what was broken`, async () => {
      const [name, secret] = [fresh('rotate'), fresh('ca')];
      await put(secret, ca);
      await apply(kind, name, { [annotation.fromSecret]: `${namespace}/${secret}` }, { caBundle: expired + foreign });
      await injected(kind, name, foreign + ca);
      await put(secret, next);
      await injected(kind, name, foreign + ca + next);
      // CustomResourceDefinitions refuse what is no PEM; an owner that states its bundle again wins for a moment everywhere.
      await apply(kind, name, { [annotation.fromSecret]: `${namespace}/${secret}` }, { caBundle: expired });
      await injected(kind, name, next);
    });
  }

  it('replaces a bundle that is none', async () => {
    const [name, secret] = [fresh('rubbish'), fresh('ca')];
    await put(secret, ca);
    const kind = mutatingWebhookConfigurations;
    await apply(kind, name, { [annotation.fromSecret]: `${namespace}/${secret}` }, { caBundle: 'rubbish' });
    await injected(kind, name, ca);
  });

  it('injects from a Certificate, whichever of the three comes last', async () => {
    const orders = [
      ['target', 'certificate', 'secret'],
      ['secret', 'certificate', 'target'],
      ['secret', 'target', 'certificate'],
    ];
    for (const order of orders) {
      const name = fresh('cert');
      const make: Record<string, () => Promise<unknown>> = {
        target: () =>
          apply(validatingWebhookConfigurations, name, { [annotation.fromCertificate]: `${namespace}/${name}` }),
        certificate: () => certificate(name, `${name}-tls`),
        secret: () => put(`${name}-tls`, ca, { 'cert-manager.io/certificate-name': name }),
      };
      for (const step of order) {
        await make[step]?.();
        assert.ok(
          order.at(-1) === step ||
            (await bundles(validatingWebhookConfigurations, name).catch(() => [''])).every((each) => each === ''),
        );
      }
      await injected(validatingWebhookConfigurations, name, ca);
    }
  });

  it('follows a Certificate to another Secret', async () => {
    const name = fresh('moved');
    await certificate(name, `${name}-a`);
    await put(`${name}-a`, ca, { 'cert-manager.io/certificate-name': name });
    await put(`${name}-b`, next, { 'cert-manager.io/certificate-name': name });
    await apply(apiServices, name, { [annotation.fromCertificate]: `${namespace}/${name}` });
    await injected(apiServices, name, ca);
    await certificate(name, `${name}-b`);
    await injected(apiServices, name, ca + next);
  });

  it('injects the CA of its own access to the API server', async () => {
    const name = fresh('apiserver');
    await apply(mutatingWebhookConfigurations, name, { [annotation.fromApiServer]: 'true' });
    await injected(mutatingWebhookConfigurations, name, plane.admin.access.ca);
  });

  it('takes the first annotation that is there, and no other', async () => {
    const [name, broken, secret] = [fresh('first'), fresh('first'), fresh('ca')];
    await put(secret, ca);
    const rest = { [annotation.fromCertificate]: `${namespace}/none`, [annotation.fromApiServer]: 'true' };
    await apply(validatingWebhookConfigurations, name, { ...rest, [annotation.fromSecret]: `${namespace}/${secret}` });
    await apply(validatingWebhookConfigurations, broken, { ...rest, [annotation.fromSecret]: secret });
    await injected(validatingWebhookConfigurations, name, ca);
    const { message, type, involvedObject, metadata } = await event(broken, 'InvalidSource');
    assert.deepEqual(
      [type, involvedObject.kind, metadata.namespace, message],
      [
        'Warning',
        'ValidatingWebhookConfiguration',
        'default',
        `Annotation ${annotation.fromSecret} has the value "${secret}", which names no Secret; write it as <namespace>/<name>`,
      ],
    );
    assert.deepEqual(await bundles(validatingWebhookConfigurations, broken), ['', '']);
  });

  it('says why it does not inject, and injects as soon as it may', async () => {
    const [name, secret] = [fresh('refused'), fresh('ca')];
    await put(secret, ca, {});
    await apply(definitions, name, { [annotation.fromSecret]: `${namespace}/${secret}` });
    const { message } = await event(nameOfTarget(definitions, name), 'SourceNotAllowed');
    assert.match(message, /set its annotation cert-manager.io\/allow-direct-injection: "true"$/);
    await put(secret, ca);
    await injected(definitions, name, ca);
    assert.equal((await eventsAbout(nameOfTarget(definitions, name))).length, 1);
  });

  it('writes nothing where there is no place for a bundle', async () => {
    const secret = fresh('ca');
    await put(secret, ca);
    const offset = auditOffset(plane.auditLog);
    const wish = { [annotation.fromSecret]: `${namespace}/${secret}` };
    const [none, hookless, local] = [fresh('none'), fresh('hookless'), fresh('local')];
    await plane.client.apply(definitions.resource, withoutConversion(none, wish));
    await apply(mutatingWebhookConfigurations, hookless, wish, { hooks: [] });
    const { service: _, ...spec } = (
      targetManifest(apiServices, local, {}) as unknown as { spec: { service: unknown } }
    ).spec;
    const metadata: object = { name: nameOfTarget(apiServices, local), annotations: wish };
    const head = { apiVersion: 'apiregistration.k8s.io/v1', kind: 'APIService' };
    await plane.client.apply(apiServices.resource, { ...head, metadata, spec });
    const proof = fresh('proof');
    await apply(validatingWebhookConfigurations, proof, wish);
    await injected(validatingWebhookConfigurations, proof, ca);
    assert.deepEqual(
      (await writesSince(offset)).map(({ resource, count }) => `${resource} ${count}`),
      ['validatingwebhookconfigurations 1'],
    );
    await plane.client.delete(apiServices.resource, { name: nameOfTarget(apiServices, local) });
  });

  it('tells what the API server refuses', async () => {
    const [name, secret] = [fresh('insecure'), fresh('ca')];
    await put(secret, ca);
    const manifest = targetManifest(apiServices, name, { [annotation.fromSecret]: `${namespace}/${secret}` });
    const { spec } = manifest as unknown as { spec: object };
    await plane.client.apply(
      apiServices.resource,
      { ...manifest, spec: { ...spec, insecureSkipTLSVerify: true } },
      'owner',
    );
    const { message } = await event(nameOfTarget(apiServices, name), 'InjectionRefused');
    assert.match(message, /^The API server does not take the CA bundle: .*insecureSkipTLSVerify/);
    await plane.client.apply(apiServices.resource, manifest, 'owner');
    await injected(apiServices, name, ca);
  });

  it('applies to exactly what it looked at, and never brings anything into being', async () => {
    const name = fresh('exact');
    const before = await apply(validatingWebhookConfigurations, name, {});
    await apply(validatingWebhookConfigurations, name, { changed: 'since' });
    const stale = manifestFor(validatingWebhookConfigurations, before, [
      { name: 'a.web.example', caBundle: base64(ca) },
    ]);
    const send = (manifest: typeof stale) =>
      plane.client.apply(validatingWebhookConfigurations.resource, manifest as never, by);
    const isConflict = (error: unknown) => error instanceof ApiError && error.status === 409;
    await assert.rejects(send(stale), isConflict);
    await plane.client.delete(validatingWebhookConfigurations.resource, { name });
    await assert.rejects(send(stale), isConflict);
    await apply(validatingWebhookConfigurations, name, {});
    await assert.rejects(send(stale), isConflict);
  });

  it('takes over the fields that an older release owns by updates', async () => {
    const [name, secret] = [fresh('older'), fresh('ca')];
    await put(secret, ca);
    const kind = validatingWebhookConfigurations;
    const created = await apply(kind, name, {});
    const body = {
      ...created,
      ...(targetManifest(kind, name, {}, { caBundle: ca }) as object),
      metadata: created.metadata,
    };
    const path = `${resourcePath(kind.resource, { name })}?fieldManager=${by}`;
    await plane.client.request('PUT', path, body);
    const before = (await live(kind, name)).metadata.managedFields?.filter((entry) => entry.manager === by);
    assert.deepEqual(
      before?.map(({ operation }) => operation),
      ['Update'],
    );
    await put(secret, next);
    await plane.client.merge(
      kind.resource,
      { name },
      { metadata: { annotations: { [annotation.fromSecret]: `${namespace}/${secret}` } } },
    );
    await injected(kind, name, ca + next);
    const after = (await live(kind, name)).metadata.managedFields?.filter((entry) => entry.manager === by);
    assert.deepEqual(
      after?.map(({ operation }) => operation),
      ['Apply'],
    );
  });

  it('does not fight without end with somebody who keeps taking the bundle away', async () => {
    const [name, secret] = [fresh('fight'), fresh('ca')];
    await put(secret, ca);
    const kind = mutatingWebhookConfigurations;
    const offset = auditOffset(plane.auditLog);
    await apply(kind, name, { [annotation.fromSecret]: `${namespace}/${secret}` });
    for (let round = 0; round < freeWrites; round++) {
      await injected(kind, name, ca);
      await plane.client.request(
        'PATCH',
        `${resourcePath(kind.resource, { name })}?fieldManager=gitops`,
        [{ op: 'remove', path: '/webhooks/0/clientConfig/caBundle' }],
        'application/json-patch+json',
      );
    }
    const { message } = await event(name, 'InjectionContested');
    assert.match(message, /keeps changing the CA bundle, which is therefore set at most 10 times in 5 minutes/);
    assert.equal(total(await writesSince(offset)), freeWrites);
    assert.deepEqual(await bundles(kind, name), ['', ca]);
  });

  it('does nothing at a restart, but looks', async () => {
    await stop();
    const offset = auditOffset(plane.auditLog);
    await start();
    const name = fresh('restart');
    await put(`${name}-ca`, ca);
    await apply(validatingWebhookConfigurations, name, { [annotation.fromSecret]: `${namespace}/${name}-ca` });
    await injected(validatingWebhookConfigurations, name, ca);
    // The one that was contested before is not remembered, and set once more.
    const writes = await writesSince(offset);
    assert.deepEqual(
      writes.map(({ resource, count }) => `${resource} ${count}`),
      ['mutatingwebhookconfigurations 1', 'validatingwebhookconfigurations 1'],
    );
    await stop();
    const second = auditOffset(plane.auditLog);
    await start();
    await untilAuditIsQuiet(plane.auditLog, 1_000);
    assert.deepEqual(await writesSince(second), []);
  });

  it('standing by fills only what is missing, two at once too, and sees to everything once it leads', async () => {
    await stop();
    const standbys = [
      await startCainjector(plane, { standsBy: true }),
      await startCainjector(plane, { standsBy: true, rules: { ignoredNamespaces: new Set(['elsewhere']) } }),
    ];
    const [first, second] = standbys as [Cainjector, Cainjector];
    try {
      const offset = auditOffset(plane.auditLog);
      const [name, secret, wrong, bad] = [fresh('gap'), fresh('ca'), fresh('wrong'), fresh('bad')];
      const wish = { [annotation.fromSecret]: `${namespace}/${secret}` };
      await put(secret, ca);
      await apply(validatingWebhookConfigurations, wrong, wish, { caBundle: foreign });
      await apply(validatingWebhookConfigurations, bad, { [annotation.fromSecret]: 'nonsense' });
      await apply(validatingWebhookConfigurations, `${name}-out`, { [annotation.fromSecret]: 'elsewhere/none' });
      for (const kind of targetKinds) await apply(kind, name, wish);
      for (const kind of targetKinds) await injected(kind, name, ca);
      await untilAuditIsQuiet(plane.auditLog, 3_000);
      const writes = (await writesSince(offset)).filter(({ code }) => code < 300);
      assert.equal(total(writes), targetKinds.length);
      // Each of the two tried each once; who was late did not try again.
      assert.ok(total(await writesSince(offset)) <= 2 * targetKinds.length);
      assert.deepEqual(await bundles(validatingWebhookConfigurations, wrong), [foreign, foreign]);
      assert.deepEqual(await eventsAbout(bad), []);
      // What was filled in once and taken away is the leader's business.
      await apply(apiServices, name, wish, { caBundle: '' });
      first.lead();
      await injected(validatingWebhookConfigurations, wrong, foreign + ca);
      await event(bad, 'InvalidSource');
      assert.deepEqual(
        second.logged.filter((line) => line.startsWith('E') || line.startsWith('W')),
        [],
      );
    } finally {
      await Promise.all(standbys.map((each) => each.stop()));
    }
  });

  it('leaves a bundle that is missing to the leader, where there is one', async () => {
    await start();
    // The standby's time stands still until the leader has had its turn, however slow the machine is.
    const clock = new ManualClock(new Date());
    const standby = await startCainjector(plane, { standsBy: true, clock });
    const offset = auditOffset(plane.auditLog);
    const [name, secret] = [fresh('led'), fresh('ca')];
    await put(secret, ca);
    for (const kind of targetKinds) await apply(kind, name, { [annotation.fromSecret]: `${namespace}/${secret}` });
    for (const kind of targetKinds) await injected(kind, name, ca);
    await clock.advance(2 * leaderFirstMs);
    await untilAuditIsQuiet(plane.auditLog, 1_000);
    // One that was refused, because the API server had set a status meanwhile, is the leader's, too.
    const writes = (await writesSince(offset)).filter(({ code }) => code < 300);
    assert.equal(total(writes), targetKinds.length);
    assert.deepEqual(standby.outcomes, []);
    await standby.stop();
  });

  it('keeps to the namespaces that it may use', async () => {
    await stop();
    await start({ rules: { ignoredNamespaces: new Set([namespace]) } });
    const other = await plane.createNamespace('other');
    const [ignored, used] = [fresh('ignored'), fresh('used')];
    await put(`${ignored}-ca`, ca);
    await plane.client.apply(secrets, caSecret(other, 'ca', ca));
    await apply(validatingWebhookConfigurations, ignored, { [annotation.fromSecret]: `${namespace}/${ignored}-ca` });
    await apply(validatingWebhookConfigurations, used, { [annotation.fromSecret]: `${other}/ca` });
    await injected(validatingWebhookConfigurations, used, ca);
    await event(ignored, 'SourceNotAllowed');
    await plane.client.apply(secrets, caSecret(other, 'ca', next));
    await injected(validatingWebhookConfigurations, used, ca + next);
    assert.deepEqual(await bundles(validatingWebhookConfigurations, ignored), ['', '']);
    await stop();
    await start({ rules: { namespace } });
    await injected(validatingWebhookConfigurations, ignored, ca);
  });

  const secretWatches = (offset = 0) =>
    auditCounts(plane.auditLog, { user: cainjectorUser, sinceOffset: offset }).filter(
      ({ verb, resource }) => verb === 'watch' && resource === 'secrets',
    );

  it('hears of Secrets only where targets look for them, until they look in many places', async () => {
    assert.ok(secretWatches().length > 0 && secretWatches().every((row) => row.namespace !== ''));
    await stop();
    const offset = auditOffset(plane.auditLog);
    await start();
    const other = await plane.createNamespace('many');
    for (let count = 0; count < 16; count++) {
      await apply(mutatingWebhookConfigurations, fresh('many'), { [annotation.fromSecret]: `nowhere-${count}/ca` });
    }
    const name = fresh('last');
    await apply(mutatingWebhookConfigurations, name, { [annotation.fromSecret]: `${other}/ca` });
    await plane.client.apply(secrets, caSecret(other, 'ca', ca));
    await injected(mutatingWebhookConfigurations, name, ca);
    await untilAuditIsQuiet(plane.auditLog);
    assert.equal(secretWatches(offset).filter((row) => row.namespace === '').length, 1);
    await plane.client.apply(secrets, caSecret(other, 'ca', next));
    await injected(mutatingWebhookConfigurations, name, ca + next);
  });

  it('needs no right that it does not have', async () => {
    await untilAuditIsQuiet(plane.auditLog);
    const refused = auditCounts(plane.auditLog, { user: cainjectorUser }).filter(
      ({ code }) => code === 403 || code === 401,
    );
    assert.deepEqual(refused, []);
  });
});
