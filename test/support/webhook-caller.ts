// An API server that shows a client certificate to the webhooks that it calls, as an admission configuration file tells it to.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ClientVerification } from '../../src/kube/client-verification.ts';
import { createAuthority } from './control-plane/authority.ts';

export interface WebhookCaller {
  readonly apiserverFlags: readonly string[];
  /** What lets it in, and nobody else. */
  readonly verification: ClientVerification;
  /** Its files are gone. */
  remove(): void;
}

const commonName = 'apiserver-as-webhook-caller';

export async function createWebhookCaller(): Promise<WebhookCaller> {
  const authority = await createAuthority();
  const { cert, key } = await authority.issue({ commonName });
  const folder = mkdtempSync(join(tmpdir(), 'certwright-caller-'));
  const kubeConfigFile = write(folder, 'kubeconfig', {
    apiVersion: 'v1',
    kind: 'Config',
    users: [{ name: '*', user: { 'client-certificate-data': base64(cert), 'client-key-data': base64(key) } }],
  });
  const plugins = ['ValidatingAdmissionWebhook', 'MutatingAdmissionWebhook'].map((name) => ({
    name,
    configuration: { apiVersion: 'apiserver.config.k8s.io/v1', kind: 'WebhookAdmissionConfiguration', kubeConfigFile },
  }));
  const configuration = { apiVersion: 'apiserver.config.k8s.io/v1', kind: 'AdmissionConfiguration', plugins };
  return {
    apiserverFlags: [`--admission-control-config-file=${write(folder, 'admission.json', configuration)}`],
    verification: { caPem: authority.cert, subjectNames: [commonName] },
    remove: () => rmSync(folder, { recursive: true, force: true }),
  };
}

const base64 = (text: string) => Buffer.from(text).toString('base64');

function write(folder: string, name: string, content: object): string {
  const path = join(folder, name);
  writeFileSync(path, JSON.stringify(content), { mode: 0o600 });
  return path;
}
