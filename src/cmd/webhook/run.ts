// The life of the webhook: a certificate, a server that the API server asks, and an end that leaves no request unanswered.
import { readFileSync } from 'node:fs';
import { type AdmissionServer, startAdmissionServer } from '../../kube/admission-server.ts';
import type { Client } from '../../kube/client.ts';
import { createClient } from '../../kube/client.ts';
import { openAccess } from '../../kube/credentials.ts';
import { defaultPemLimits } from '../../pki/limits.ts';
import { createAdmission } from '../../webhook/admission.ts';
import type { AdmissionRequest } from '../../webhook/review.ts';
import { secureContextOptions } from '../http/tls-settings.ts';
import { type Life, once, type Surroundings } from '../life.ts';
import { countRestRequests } from '../metrics/client-requests.ts';
import { createWebhookMetrics } from '../metrics/webhook-metrics.ts';
import type { Process } from '../process.ts';
import { whenAborted } from '../process-events.ts';
import { runAlone } from '../run-together.ts';
import { servingSource } from '../serving/choose.ts';
import type { ServingSource } from '../serving/source.ts';
import { version } from '../version.ts';
import type { WebhookConfiguration } from './configuration.ts';
import type { WebhookSettings } from './settings.ts';

/** Resolves with the exit code: 0 after an orderly stop, 1 after an error. */
export function run(settings: WebhookSettings, process: Process): Promise<number> {
  return runAlone('webhook', settings, webhookLife, process);
}

export function webhookLife(settings: WebhookSettings, surroundings: Surroundings): Life {
  const { config } = settings;
  const client = once(() => connect(config, surroundings));
  let problem: () => string | undefined = () => 'the webhook is starting';
  return {
    health: {
      address: `:${config.healthzPort}`,
      endpoints: { livez: [], healthz: [{ name: 'certificate', problem: () => problem() }] },
    },
    client,
    live: async () => {
      const { log, stopping } = surroundings;
      const end = new AbortController();
      try {
        const source = servingSource(config.tlsConfig, {
          client,
          managedBy: 'cert-manager-webhook',
          log: log.named('serving'),
          signal: end.signal,
        });
        if (source === undefined) throw new Error('no CertificateSource specified');
        const server = await serve(settings, surroundings, await client(), source);
        problem = () => (stopping.aborted ? 'the webhook is stopping' : source.problem());
        try {
          await Promise.race([whenAborted(stopping), source.failed]);
          return 0;
        } finally {
          await server.close();
        }
      } finally {
        end.abort();
        await client().then(
          (opened) => opened.close(),
          () => undefined,
        );
      }
    },
  };
}

async function connect(config: WebhookConfiguration, { env, log, page }: Surroundings): Promise<Client> {
  const access = await openAccess({ kubeconfig: config.kubeConfig, master: config.apiServerHost, env });
  log.info({ server: access.server.href }, 'using this API server');
  return createClient({
    access,
    version,
    component: 'cert-manager-webhook',
    log: log.named('client'),
    onRequest: countRestRequests(page, access.server.host),
  });
}

/** Listens; until there is a certificate, handshakes fail. */
async function serve(
  { config, gates }: WebhookSettings,
  { log, page }: Surroundings,
  client: Client,
  source: ServingSource,
): Promise<AdmissionServer> {
  const metrics = createWebhookMetrics(page);
  const admission = createAdmission({ client, gates, limits: defaultPemLimits, log: log.named('admission') });
  const { minTLSVersion: minVersion, cipherSuites } = config.tlsConfig;
  const server = await startAdmissionServer({
    port: config.securePort,
    tls: secureContextOptions({ minVersion, cipherSuites }),
    clientVerification: config.enableClientVerification
      ? { caPem: readFileSync(config.clientCAPath, 'utf8'), subjectNames: config.clientCertificateSubjects }
      : undefined,
    // What is in a request has not been looked at; admission does that.
    mutate: (request) => metrics.inFlight('/mutate', admission.mutate(request as AdmissionRequest)),
    validate: (request) => metrics.inFlight('/validate', admission.validate(request as AdmissionRequest)),
    log: log.named('server'),
    onRequest: metrics.onRequest,
  });
  source.onChange((pair) => server.setTls(pair));
  const pair = source.current();
  if (pair !== undefined) server.setTls(pair);
  log.info({ port: server.port }, 'admission requests are served');
  return server;
}
