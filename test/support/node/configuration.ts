// The configuration files of a node: containerd, the CNI network of its pods, the kubelet. Starts nothing.
import { pauseImage } from './pause.ts';

/** The pods' network exists only in the namespaces of its node: all nodes on this machine may have the same. */
export const podNetwork = '10.244.0.0/24';
const bridge = 'certwright0';

export interface NodePaths {
  /** Of the node, absolute. */
  readonly folder: string;
  /** The certificate of the cluster's CA. */
  readonly ca: string;
}

export const socketOf = (folder: string) => `${folder}/containerd.sock`;

/** Version 2 is read by containerd 1.4 and later, 2.x included. */
export function containerdConfiguration(folder: string, snapshotter: string): string {
  return `version = 2
root = "${folder}/containerd"
state = "${folder}/containerd-state"
[grpc]
address = "${socketOf(folder)}"
[plugins."io.containerd.grpc.v1.cri"]
sandbox_image = "${pauseImage}"
disable_apparmor = true
restrict_oom_score_adj = true
[plugins."io.containerd.grpc.v1.cri".containerd]
snapshotter = "${snapshotter}"
[plugins."io.containerd.grpc.v1.cri".containerd.runtimes.runc]
runtime_type = "io.containerd.runc.v2"
[plugins."io.containerd.grpc.v1.cri".containerd.runtimes.runc.options]
SystemdCgroup = false
[plugins."io.containerd.grpc.v1.cri".cni]
bin_dir = "/usr/lib/cni"
conf_dir = "${folder}/cni"
`;
}

export function cniConfiguration(folder: string): object {
  return {
    cniVersion: '1.0.0',
    name: 'certwright',
    plugins: [
      {
        type: 'bridge',
        bridge,
        isGateway: true,
        ipMasq: true,
        hairpinMode: true,
        ipam: {
          type: 'host-local',
          ranges: [[{ subnet: podNetwork }]],
          routes: [{ dst: '0.0.0.0/0' }],
          dataDir: `${folder}/ipam`,
        },
      },
      { type: 'portmap', capabilities: { portMappings: true } },
    ],
  };
}

/** `cgroup`: below which the pods' cgroups are made. */
export function kubeletConfiguration({ folder, ca }: NodePaths, cgroup: string): object {
  return {
    apiVersion: 'kubelet.config.k8s.io/v1beta1',
    kind: 'KubeletConfiguration',
    failCgroupV1: false,
    failSwapOn: false,
    cgroupDriver: 'cgroupfs',
    cgroupRoot: cgroup,
    enforceNodeAllocatable: [],
    containerRuntimeEndpoint: `unix://${socketOf(folder)}`,
    authentication: { x509: { clientCAFile: ca }, webhook: { enabled: true }, anonymous: { enabled: false } },
    authorization: { mode: 'Webhook' },
    // Nobody answers there yet; without an address the kubelet warns in every pod's events.
    clusterDNS: ['10.0.0.10'],
    clusterDomain: 'cluster.local',
    // A disk that is nearly full is this machine's business, not that of the tests.
    evictionHard: { 'memory.available': '100Mi', 'nodefs.available': '1%', 'imagefs.available': '1%' },
    imageGCHighThresholdPercent: 100,
    localStorageCapacityIsolation: false,
    podLogsDir: `${folder}/pod-logs`,
    volumePluginDir: `${folder}/volume-plugins`,
  };
}
