// The fields that the configuration documents of several components have: words, and the slices for logging, metrics and leader election.
// Their flags stand in ../flags, the checks on them in checks.ts.
import * as z from 'zod';
import { parseDuration } from '../../base/duration.ts';

/** Go text, such as 1h30m. */
export const duration = z
  .string()
  .refine((text) => parseDuration(text) !== undefined, { error: 'is not a duration such as 90s or 1h30m' });
export const text = z.string();
export const texts = z.array(z.string());
export const int = z.int();

/** Where a serving certificate and the TLS settings of its listener come from. */
export const tlsConfig = z.strictObject({
  cipherSuites: texts,
  minTLSVersion: text,
  filesystem: z.strictObject({ certFile: text, keyFile: text }),
  dynamic: z.strictObject({ secretNamespace: text, secretName: text, dnsNames: texts, leafDuration: duration }),
});
export type TlsConfig = z.infer<typeof tlsConfig>;

export const logging = z.strictObject({
  format: text,
  flushFrequency: duration,
  verbosity: z.int().min(0),
  vmodule: z.array(z.strictObject({ filePattern: z.string(), verbosity: z.int().min(0) })),
});

export const leaderElectionConfig = z.strictObject({
  enabled: z.boolean(),
  namespace: text,
  leaseDuration: duration,
  renewDeadline: duration,
  retryPeriod: duration,
});

/** What every component that runs for long has, to be spread into its schema. */
export const processFields = {
  metricsListenAddress: text,
  metricsTLSConfig: tlsConfig,
  enablePprof: z.boolean(),
  pprofAddress: text,
  logging,
  featureGates: z.record(z.string(), z.boolean()),
};

/** The part of any component's configuration that the process around it needs. */
export type ProcessConfig = z.infer<ReturnType<typeof processObject>>;
const processObject = () => z.strictObject(processFields);

/** Of `metricsTLSConfig`, for the format of a file. */
export const metricsFilePaths = ['metricsTLSConfig.filesystem.certFile', 'metricsTLSConfig.filesystem.keyFile'];
