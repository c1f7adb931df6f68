/** Every built-in rule: works from the first second, with nothing learned. A new one is a file and a line here. */

import type { AnyDetector } from '../detectors/detector.ts';
import { accountWrite } from './account-write.ts';
import { agentFileChange } from './agent-file-change.ts';
import { agentFileWrite } from './agent-file-write.ts';
import { agentTampering } from './agent-tampering.ts';
import { authorizedKeysWrite } from './authorized-keys-write.ts';
import { bootScriptWrite } from './boot-script-write.ts';
import { bpfProgram } from './bpf-program.ts';
import { codeReverseShell } from './code-reverse-shell.ts';
import { containerSocket } from './container-socket.ts';
import { credentialRead } from './credential-read.ts';
import { cronWrite } from './cron-write.ts';
import { cryptoMiner } from './crypto-miner.ts';
import { decodeToShell } from './decode-to-shell.ts';
import { defenceDisabled } from './defence-disabled.ts';
import { deletedExecution } from './deleted-execution.ts';
import { discoveryBurst } from './discovery-burst.ts';
import { downloadToShell } from './download-to-shell.ts';
import { droppedBinary } from './dropped-binary.ts';
import { hiddenProcess } from './hidden-process.ts';
import { historyClear } from './history-clear.ts';
import { kernelConfigWrite } from './kernel-config-write.ts';
import { kernelHookWrite } from './kernel-hook-write.ts';
import { loaderConfigWrite } from './loader-config-write.ts';
import { loaderInjection } from './loader-injection.ts';
import { logRemoval } from './log-removal.ts';
import { logTamper } from './log-tamper.ts';
import { masquerade } from './masquerade.ts';
import { memoryExecution } from './memory-execution.ts';
import { metadataService } from './metadata-service.ts';
import { miningPool } from './mining-pool.ts';
import { moduleInsertion } from './module-insertion.ts';
import { moduleLoad } from './module-load.ts';
import { namespaceEscape } from './namespace-escape.ts';
import { pamWrite } from './pam-write.ts';
import { privateKeyRead } from './private-key-read.ts';
import { processAttach } from './process-attach.ts';
import { processInjection } from './process-injection.ts';
import { processMemoryAccess } from './process-memory-access.ts';
import { rawSocket } from './raw-socket.ts';
import { reverseShell } from './reverse-shell.ts';
import { rootAccount } from './root-account.ts';
import { sensorMap } from './sensor-map.ts';
import { serviceShell } from './service-shell.ts';
import { setidExecution } from './setid-execution.ts';
import { setidGranted } from './setid-granted.ts';
import { setidSearch } from './setid-search.ts';
import { shellProfileWrite } from './shell-profile-write.ts';
import { storedSecretRead } from './stored-secret-read.ts';
import { systemdUnitWrite } from './systemd-unit-write.ts';
import { traceRemoval } from './trace-removal.ts';
import { tunnelTool } from './tunnel-tool.ts';

export const rules: readonly AnyDetector[] = [
  accountWrite,
  agentFileChange,
  agentFileWrite,
  agentTampering,
  authorizedKeysWrite,
  bootScriptWrite,
  bpfProgram,
  codeReverseShell,
  containerSocket,
  credentialRead,
  cronWrite,
  cryptoMiner,
  decodeToShell,
  defenceDisabled,
  deletedExecution,
  discoveryBurst,
  downloadToShell,
  droppedBinary,
  hiddenProcess,
  historyClear,
  kernelConfigWrite,
  kernelHookWrite,
  loaderConfigWrite,
  loaderInjection,
  logRemoval,
  logTamper,
  masquerade,
  memoryExecution,
  metadataService,
  miningPool,
  moduleInsertion,
  moduleLoad,
  namespaceEscape,
  pamWrite,
  privateKeyRead,
  processAttach,
  processInjection,
  processMemoryAccess,
  rawSocket,
  reverseShell,
  rootAccount,
  sensorMap,
  serviceShell,
  setidExecution,
  setidGranted,
  setidSearch,
  shellProfileWrite,
  storedSecretRead,
  systemdUnitWrite,
  traceRemoval,
  tunnelTool,
];
