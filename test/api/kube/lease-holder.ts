// A process that holds a Lease until it is killed: `node lease-holder.ts KUBECONFIG NAMESPACE`. Says so on stdout once it does.
import { silentLog } from '../../../src/base/log.ts';
import { createClient } from '../../../src/kube/client.ts';
import { openAccess } from '../../../src/kube/credentials.ts';
import { electLeader } from '../../../src/kube/leader.ts';

const [kubeconfig = '', namespace = ''] = process.argv.slice(2);
const client = createClient({ access: await openAccess({ kubeconfig, env: {} }), version: 'v0.0.0' });
const election = electLeader({
  client,
  namespace,
  name: 'cert-manager-controller',
  identity: 'holder',
  leaseDurationMs: 3_000,
  renewDeadlineMs: 2_000,
  retryPeriodMs: 300,
  log: silentLog,
  signal: new AbortController().signal,
});
await election.elected;
process.stdout.write('holding\n');
