// The list of DNS providers. Adding one: a slice in src/api/dns01.ts, a folder here, one line below, one call of the conformance suite.
import type { AnyDns01Provider } from '../dns01.ts';

export const dns01Providers: readonly AnyDns01Provider[] = [];
