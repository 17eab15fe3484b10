// The checks on a complete webhook configuration that a type cannot state. Each problem names the field, as it stands in the file.
import { isFromFiles, isGenerated, portNumber, processProblems, required, tlsProblems } from '../settings/checks.ts';
import type { WebhookConfiguration } from './configuration.ts';

/** Empty where the configuration can be used. */
export function configurationProblems(config: WebhookConfiguration): string[] {
  return [
    ...portNumber('securePort', config.securePort),
    ...portNumber('healthzPort', config.healthzPort),
    ...certificateProblems(config),
    ...(config.enableClientVerification ? required('clientCAPath', config.clientCAPath) : []),
    ...processProblems(config),
  ];
}

function certificateProblems({ tlsConfig }: WebhookConfiguration): string[] {
  if (isFromFiles(tlsConfig) || isGenerated(tlsConfig)) return tlsProblems('tlsConfig', tlsConfig);
  return [
    'tlsConfig: no CertificateSource specified: set tlsConfig.dynamic (--dynamic-serving-ca-secret-namespace, ' +
      '--dynamic-serving-ca-secret-name, --dynamic-serving-dns-names) or tlsConfig.filesystem (--tls-cert-file, --tls-private-key-file)',
    ...tlsProblems('tlsConfig', tlsConfig),
  ];
}
