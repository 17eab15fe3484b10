// Picks the source of a serving certificate that a configuration asks for.
import type { Log } from '../../base/log.ts';
import type { Client } from '../../kube/client.ts';
import { isFromFiles, isGenerated, milliseconds } from '../settings/checks.ts';
import type { TlsConfig } from '../settings/fields.ts';
import { fromFiles } from './files.ts';
import { generated } from './generated.ts';
import type { ServingSource } from './source.ts';

export interface ServingDeps {
  client(): Promise<Client>;
  /** The component that the Secret of a generated CA names as its own. */
  readonly managedBy: string;
  readonly log: Log;
  readonly signal: AbortSignal;
}

/** Undefined where the configuration asks for neither files nor a generated certificate. */
export function servingSource(config: TlsConfig, deps: ServingDeps): ServingSource | undefined {
  if (isFromFiles(config)) return fromFiles(config.filesystem, deps);
  if (!isGenerated(config)) return undefined;
  const { secretNamespace, secretName, dnsNames, leafDuration } = config.dynamic;
  return generated(
    {
      secret: { namespace: secretNamespace, name: secretName },
      names: dnsNames,
      leafLifetimeMs: milliseconds(leafDuration),
      managedBy: deps.managedBy,
    },
    deps,
  );
}
