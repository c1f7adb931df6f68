import { type Detector, none } from '../detectors/detector.ts';
import { containerRuntimes, initSystem, union } from '../detectors/groups.ts';
import { basename, isOneOf, programOf } from '../detectors/program.ts';
import { sentence } from '../detectors/words.ts';

const sockets =
  /^(?:\/var)?\/run\/(?:docker|containerd\/containerd|crio\/crio|podman\/podman|k3s\/containerd\/containerd|buildkit\/buildkitd)\.sock$/;
const clients = union(
  containerRuntimes,
  initSystem,
  new Set([
    ...['docker-compose', 'docker-buildx', 'docker-init', 'dockerd-rootless', 'ctr', 'crictl', 'nerdctl'],
    ...['traefik', 'portainer', 'cadvisor', 'node_exporter', 'telegraf', 'datadog-agent', 'agent', 'otelcol'],
    ...['filebeat', 'fluent-bit', 'vector', 'watchtower', 'lazydocker', 'ctop', 'code', 'node', 'java', 'idea'],
    ...['act', 'kind', 'minikube', 'k3d', 'skaffold', 'tilt', 'terraform', 'ansible', 'gitlab-runner'],
    ...['act_runner', 'kube-proxy', 'cri-dockerd', 'trivy', 'grype', 'dive', 'cockpit-bridge', 'gnome-shell'],
    ...['docker-desktop', 'com.docker.backend'],
  ]),
);

export const containerSocket: Detector<'unix.connected'> = {
  id: 'unix.container-socket',
  title: 'Container engine asked by an unusual program',
  techniques: ['T1610', 'T1611'],
  severity: 'high',
  needs: ['unix.connected'],
  detect({ process, path, result }) {
    if (result < 0 || !sockets.test(path) || isOneOf(process, clients)) return none;
    return {
      deviation: `connect ${basename(path)}`,
      reason: sentence(
        `${basename(programOf(process))} connected to ${path}; who may ask a container engine can become root on this host`,
      ),
      saw: [{ label: 'Connected to', value: path }],
    };
  },
};
