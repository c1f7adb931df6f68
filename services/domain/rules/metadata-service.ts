import { type Detector, none } from '../detectors/detector.ts';
import { containerRuntimes, union } from '../detectors/groups.ts';
import { basename, isOneOf, programOf } from '../detectors/program.ts';
import { destination, sentence } from '../detectors/words.ts';

const addresses = new Set([
  ...['169.254.169.254', '169.254.170.2', '169.254.170.23', 'fd00:ec2::254', '100.100.100.200', '192.0.0.192'],
]);
/** Clouds' agents and tools that get their identity from there. */
const clients = union(
  containerRuntimes,
  new Set([
    ...['cloud-init', 'amazon-ssm-agent', 'ssm-agent-worker', 'ssm-session-worker', 'amazon-cloudwatch-agent'],
    ...['google_guest_agent', 'GuestAgent', 'google_osconfig_agent', 'google_metadata_script_runner'],
    ...['google_network_daemon', 'waagent', 'aws', 'az', 'gcloud', 'gsutil', 'terraform', 'ec2-metadata'],
    ...['ec2-instance-connect', 'eic_run_authorized_keys', 'dhclient', 'dhcpcd', 'NetworkManager'],
    ...['systemd-networkd', 'chronyd', 'systemd-resolved', 'kube-proxy', 'aws-node', 'ecs-agent', 'otelcol'],
    ...['datadog-agent', 'telegraf', 'fluent-bit', 'oracle-cloud-agent', 'sshd', 'nslcd', 'sssd', 'acs'],
    ...['aliyun-service', 'snapd', 'droplet-agent', 'do-agent', 'node_exporter', 'vector', 'filebeat'],
  ]),
);

export const metadataService: Detector<'network.connected'> = {
  id: 'network.metadata-service',
  title: 'Cloud metadata service asked by an unusual program',
  techniques: ['T1552.005'],
  severity: 'medium',
  needs: ['network.connected'],
  detect(event) {
    const { process, protocol, remoteAddress, remotePort } = event;
    if (protocol !== 'tcp' || remotePort !== 80 || !addresses.has(remoteAddress) || isOneOf(process, clients))
      return none;
    return {
      deviation: 'metadata service',
      reason: sentence(
        `${basename(programOf(process))} connected to the cloud's metadata service, which hands out this machine's credentials`,
      ),
      saw: [{ label: 'Connected to', value: destination(event) }],
    };
  },
};
