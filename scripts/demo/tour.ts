// The tour of the demo: what is applied, what then happens, and what a user would look at afterwards.
import { X509Certificate } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Certificate } from '../../src/api/certificate.ts';
import { conditionOf } from '../../src/api/conditions.ts';
import type { ControlPlane } from '../../test/support/control-plane.ts';
import type { Narrator } from './narrator.ts';

interface ClusterEvent {
  readonly metadata: { readonly uid: string; readonly name: string };
  readonly type: string;
  readonly reason: string;
  readonly message: string;
  readonly count?: number;
  readonly source?: { readonly component?: string };
  readonly involvedObject: { readonly kind: string; readonly namespace?: string; readonly name: string };
}

const patienceMs = 120_000;

export async function tour(plane: ControlPlane, narrator: Narrator, example: (name: string) => string): Promise<void> {
  const guide = new Guide(plane, narrator);
  await guide.createNamespace('cert-manager');
  await guide.apply('01-private-ca.yaml', example('01-private-ca.yaml'));
  await guide.untilReady('cert-manager', ['selfsigned-ca']);
  await guide.apply('02-istiod.yaml', example('02-istiod.yaml'));
  await guide.untilReady('istio-system', ['cacerts']);
  await guide.apply('03-leaves.yaml', example('03-leaves.yaml'));
  await guide.untilReady('sandbox', ['example-com', 'rsa', 'keystore']);
  await guide.show();
  await guide.renew('istio-system', 'cacerts', '1440h', '720h');
}

class Guide {
  readonly #plane: ControlPlane;
  readonly #narrator: Narrator;
  readonly #told = new Set<string>();

  constructor(plane: ControlPlane, narrator: Narrator) {
    this.#plane = plane;
    this.#narrator = narrator;
  }

  async createNamespace(name: string): Promise<void> {
    await this.#plane.kubectl(['create', 'namespace', name]);
  }

  async apply(name: string, yaml: string): Promise<void> {
    this.#narrator.step(`kubectl apply -f docs/examples/${name}`);
    this.#narrator.detail(await this.#plane.kubectl(['apply', '-f', '-'], yaml));
  }

  /** Waits for Certificates, telling every event on the way. */
  async untilReady(namespace: string, names: readonly string[], revision = 1): Promise<void> {
    const deadline = Date.now() + patienceMs;
    for (;;) {
      await this.#tellEvents();
      const certificates = await Promise.all(names.map((name) => this.#certificate(namespace, name)));
      if (certificates.every((certificate) => isDone(certificate, revision))) break;
      if (Date.now() > deadline)
        throw new Error(
          `not Ready after ${patienceMs / 1000} s:\n${await this.#plane.kubectl(['get', 'certificates', '-A', '-o', 'wide'])}`,
        );
      await sleep(200);
    }
    await sleep(800);
    await this.#tellEvents();
    this.#narrator.step(`Ready: ${names.map((name) => `${namespace}/${name}`).join(', ')}`);
  }

  async #certificate(namespace: string, name: string): Promise<Certificate> {
    return JSON.parse(
      await this.#plane.kubectl(['get', 'certificate', '-n', namespace, name, '-o', 'json']),
    ) as Certificate;
  }

  async #tellEvents(): Promise<void> {
    const list = JSON.parse(await this.#plane.kubectl(['get', 'events', '-A', '-o', 'json'])) as {
      items: readonly ClusterEvent[];
    };
    const fresh = list.items
      .filter((event) => event.source?.component?.startsWith('cert-manager-') && !this.#told.has(newsOf(event)))
      .sort((a, b) => (ordinalOf(a) < ordinalOf(b) ? -1 : 1));
    for (const event of fresh) {
      this.#told.add(newsOf(event));
      const { kind, namespace, name } = event.involvedObject;
      const about = `${kind} ${namespace === undefined ? '' : `${namespace}/`}${name}`;
      this.#narrator.event(event.type === 'Warning', `${about}: ${event.reason}: ${event.message}`);
    }
  }

  /** What a user would look at. */
  async show(): Promise<void> {
    const { kubectl } = this.#plane;
    const ask = (...args: string[]) => kubectl.call(this.#plane, args);
    this.#narrator.title('kubectl get certificates -A -o wide');
    this.#narrator.detail(await ask('get', 'certificates', '-A', '-o', 'wide'));
    this.#narrator.title('kubectl describe certificate -n sandbox example-com');
    const described = await ask('describe', 'certificate', '-n', 'sandbox', 'example-com');
    this.#narrator.detail(described.slice(described.indexOf('Status:')));
    this.#narrator.title('The certificate in Secret sandbox/tls-example.com, in words');
    this.#narrator.detail(await this.#chainInWords('sandbox', 'tls-example.com'));
    this.#narrator.title('What the Secrets hold');
    for (const name of ['tls-example.com', 'rsa-tls', 'keystore-tls'])
      this.#narrator.detail(`sandbox/${name}: ${Object.keys((await this.#secret('sandbox', name)).data).join(', ')}`);
  }

  async #secret(namespace: string, name: string): Promise<{ data: Record<string, string> }> {
    return JSON.parse(await this.#plane.kubectl(['get', 'secret', '-n', namespace, name, '-o', 'json'])) as {
      data: Record<string, string>;
    };
  }

  async #chainInWords(namespace: string, name: string): Promise<string> {
    const { data } = await this.#secret(namespace, name);
    const pem = (key: string) => Buffer.from(data[key] ?? '', 'base64').toString('utf8');
    const [leaf, authority] = [new X509Certificate(pem('tls.crt')), new X509Certificate(pem('ca.crt'))];
    const signed = leaf.verify(authority.publicKey) ? 'whose signature verifies' : 'WHOSE SIGNATURE DOES NOT VERIFY';
    const oneLine = (dn: string) => dn.split('\n').join(', ');
    return [
      `${oneLine(leaf.subject)}`,
      `  for ${leaf.subjectAltName}`,
      `  key ${leaf.publicKey.asymmetricKeyType} ${leaf.publicKey.asymmetricKeyDetails?.namedCurve ?? ''}`,
      `  valid from ${leaf.validFrom} to ${leaf.validTo}, serial ${leaf.serialNumber}`,
      `  signed by ${oneLine(authority.subject)} (ca.crt), ${signed}`,
    ].join('\n');
  }

  /** The user shortens the duration; the Certificate is issued anew. */
  async renew(namespace: string, name: string, from: string, to: string): Promise<void> {
    this.#narrator.title(`A change of mind: ${namespace}/${name} is to live ${to} instead of ${from}`);
    const before = await this.#leaf(namespace, name);
    this.#narrator.detail(`before: serial ${before.serialNumber}, valid to ${before.validTo}`);
    this.#narrator.step(
      `kubectl patch certificate -n ${namespace} ${name} --type merge -p '{"spec":{"duration":"${to}"}}'`,
    );
    await this.#plane.kubectl([
      'patch',
      'certificate',
      '-n',
      namespace,
      name,
      '--type',
      'merge',
      '-p',
      JSON.stringify({ spec: { duration: to } }),
    ]);
    await this.untilReady(namespace, [name], 2);
    const after = await this.#leaf(namespace, name);
    this.#narrator.detail(`after:  serial ${after.serialNumber}, valid to ${after.validTo}`);
    if (after.serialNumber === before.serialNumber) throw new Error('the certificate was not renewed');
  }

  async #leaf(namespace: string, name: string): Promise<X509Certificate> {
    const { spec } = await this.#certificate(namespace, name);
    const { data } = await this.#secret(namespace, spec.secretName);
    return new X509Certificate(Buffer.from(data['tls.crt'] ?? '', 'base64'));
  }
}

/** An event that happens again is the same object with a higher count. */
function newsOf({ metadata, count = 1 }: ClusterEvent): string {
  return `${metadata.uid} ${count}`;
}

/** The end of an event's name is the time of its making; several are on their way to the API server at once. Repeats come last. */
function ordinalOf({ metadata, count = 1 }: ClusterEvent): string {
  return `${count > 1 ? 1 : 0} ${metadata.name.slice(metadata.name.lastIndexOf('.'))}`;
}

function isDone({ status }: Certificate, revision: number): boolean {
  return conditionOf(status?.conditions, 'Ready')?.status === 'True' && (status?.revision ?? 0) >= revision;
}
