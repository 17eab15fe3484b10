// The list of DNS providers. Adding one: a slice in src/api/dns01.ts, a folder here, one line below, one call of the conformance suite.
import type { AnyDns01Provider } from '../dns01.ts';
import { acmeDns } from './acmedns/provider.ts';
import { createAkamai } from './akamai/provider.ts';
import { azureDns } from './azuredns/provider.ts';
import { cloudDns } from './clouddns/provider.ts';
import { cloudflare } from './cloudflare/provider.ts';
import { digitalOcean } from './digitalocean/provider.ts';
import { rfc2136 } from './rfc2136/provider.ts';
import { route53 } from './route53/provider.ts';
import { webhook } from './webhook/provider.ts';

export const dns01Providers: readonly AnyDns01Provider[] = [
  webhook,
  rfc2136,
  createAkamai(),
  cloudDns,
  cloudflare,
  digitalOcean,
  route53,
  azureDns,
  acmeDns,
];
