import assert from 'node:assert/strict';
import { test } from 'node:test';
import { accessed, executed, fileChanged, kernelChanged, opened, process, wrote } from '../detectors/sample-events.ts';
import type { Event } from '../events/event.ts';
import { type Deed, deedOf } from './deeds.ts';

const config = '/etc/monitoringAgent.conf';
const by = process('/usr/bin/python3 x.py');
const agent = process('/opt/picket/node_modules/node/bin/node --max-semi-space-size=1 /opt/picket/agent/main.ts run');
const other = process('/usr/bin/node /srv/main.ts run');

const table: { why: string; event: Event; is: Deed | undefined }[] = [
  { why: 'the configuration is written', event: wrote(by, config), is: 'config-written' },
  { why: 'it is read', event: opened(by, config), is: undefined },
  { why: 'its writing is refused', event: wrote(by, config, { result: -13 }), is: undefined },
  { why: 'another file is written', event: wrote(by, `${config}.old`), is: undefined },
  {
    why: 'a file takes its place',
    event: fileChanged(by, 'rename', { path: '/tmp/x', other: config }),
    is: 'config-written',
  },
  { why: 'it goes away', event: fileChanged(by, 'unlink', { path: config }), is: 'config-written' },
  { why: 'its rights change', event: fileChanged(by, 'chmod', { path: config, value: 0o600 }), is: undefined },
  { why: 'a debugger takes the agent', event: accessed(by, 'trace', agent), is: 'agent-accessed' },
  { why: 'it is refused', event: accessed(by, 'trace', agent, { result: -1 }), is: undefined },
  { why: 'a debugger takes another program', event: accessed(by, 'trace', other), is: undefined },
  { why: 'the clock is set', event: kernelChanged(by, 'set-clock'), is: 'clock-set' },
  { why: 'that is refused', event: kernelChanged(by, 'set-clock', { result: -1 }), is: undefined },
  { why: 'the kernel is changed otherwise', event: kernelChanged(by, 'load-module'), is: undefined },
  { why: 'a program is executed', event: executed(by), is: undefined },
];
for (const { why, event, is } of table)
  test(`a deed against the agent or its clock: ${why}: ${is ?? 'none'}`, () => assert.equal(deedOf(event), is));
