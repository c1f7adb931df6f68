'use client';

import { Button, Drawer, Group } from '@mantine/core';
import Link from 'next/link';
import type { ReactNode } from 'react';
import type { Event } from '../../lib/api.ts';
import { commandLine } from '../../lib/command-line.ts';
import {
  failureName,
  fileWords,
  kindWords,
  lookupWords,
  operationWords,
  processWords,
  unseenWords,
} from '../../lib/event-words.ts';
import { bytes, plural } from '../../lib/quantity.ts';
import { duration, exact } from '../../lib/time.ts';
import { visible } from '../../lib/visible-text.ts';
import { Facts } from '../text/facts.tsx';
import { Raw } from '../text/raw.tsx';

/** Everything that is known of one event. */
export function EventDetails({ event, onClose }: { event: Event | undefined; onClose: () => void }) {
  return (
    <Drawer
      opened={event !== undefined}
      onClose={onClose}
      position="right"
      size="lg"
      title={event && kindWords[event.kind]}
    >
      {event !== undefined && <Details event={event} />}
    </Drawer>
  );
}

const raw = (text: string): ReactNode => (text === '' ? '–' : <Raw text={text} wrap />);
const result = (value: number): string => failureName(value) || 'succeeded';

function Details({ event }: { event: Event }) {
  const { process, parent } = event;
  const search = (name: string, value: string) =>
    `/events?endpoint=${event.endpoint.id}&${name}=${encodeURIComponent(value)}`;
  return (
    <>
      <Facts
        facts={[
          ['Time', exact(event.time)],
          ['Endpoint', visible(event.endpoint.name)],
          ['Happened', plural(event.count, 'time')],
          ...object(event),
          ['Program', raw(process.exe)],
          ...(process.script === '' ? [] : [['Script', raw(process.script)] as const]),
          ...program(event),
          ['Folder', raw(process.cwd)],
          [
            'User',
            `${visible(process.user)} (uid ${process.uid}${process.euid === process.uid ? '' : `, acting as ${process.euid}`})`,
          ],
          ['Process', `pid ${process.pid}`],
          ['Exec id', raw(process.execId)],
          ...(parent === null
            ? []
            : ([
                ['Parent', raw(parent.exe)],
                ['Parent pid', String(parent.pid)],
              ] as const)),
          ['Stream', raw(`${event.stream} / ${event.sequence}`)],
        ]}
      />
      <Group mt="lg" gap="xs">
        <Button component={Link} href={search('execId', process.execId)} variant="default" size="xs">
          Events of this process
        </Button>
        {parent !== null && (
          <Button component={Link} href={search('execId', parent.execId)} variant="default" size="xs">
            Events of its parent
          </Button>
        )}
        <Button component={Link} href={search('program', process.exe)} variant="default" size="xs">
          Events of this program
        </Button>
        {process.unit !== '' && (
          <Button component={Link} href={search('unit', process.unit)} variant="default" size="xs">
            Events of this unit
          </Button>
        )}
        {process.container !== '' && (
          <Button component={Link} href={search('container', process.container)} variant="default" size="xs">
            Events of this container
          </Button>
        )}
      </Group>
    </>
  );
}

/** What kind of program it is, as far as it is known. */
function program({ process }: Event): Fact[] {
  const facts: (readonly [name: string, text: string])[] = [
    ['Package', process.package],
    ['SHA-256', process.exeHash],
    ['Notable', processWords(process.flags)],
    ['Loader', process.loader.join(' ')],
    ['Unit', process.unit],
    ['Container', process.container],
  ];
  return facts.filter(([, text]) => text !== '').map(([name, text]) => [name, raw(text)]);
}

type Fact = readonly [name: string, value: ReactNode];

function object({ kind, process, exec, fork, exit, file, network, closed, unix, change, syscalls }: Event): Fact[] {
  if (exec !== null) {
    return [
      ['Arguments', raw(commandLine(exec.args))],
      ['Asked for', raw(exec.asked)],
      ['Argument size', bytes(exec.argsBytes)],
      ['Result', result(exec.result)],
    ];
  }
  if (fork !== null) return [['Child pid', String(fork.childPid)]];
  if (exit !== null) {
    return [
      ['Exit code', String(exit.code)],
      ['Signal', exit.signal === 0 ? 'none' : String(exit.signal)],
      ['Ran for', duration(exit.runMicros)],
    ];
  }
  if (file !== null) {
    return [
      ['Path', raw(file.path)],
      ...(file.asked === '' || file.asked === file.path ? [] : [['Asked for', raw(file.asked)] as const]),
      ['Access', fileWords(file.what) || '–'],
      ['Flags', `0x${file.flags.toString(16)}`],
      ['Inode', raw(file.inode)],
      ['Result', result(file.result)],
    ];
  }
  if (network !== null && kind === 'network.resolved') {
    return [
      ['Name', raw(network.domain)],
      ['First address', raw(network.localAddress)],
      ['Asked', raw(`${network.remoteAddress} port ${network.remotePort}`)],
      ['Result', lookupWords(network.result) || 'succeeded'],
    ];
  }
  if (network !== null) {
    return [
      ...(network.domain === '' ? [] : [['Name', raw(network.domain)] as const]),
      ['Protocol', visible(network.protocol)],
      ['Local', raw(`${network.localAddress} port ${network.localPort}`)],
      ['Remote', raw(`${network.remoteAddress} port ${network.remotePort}`)],
      ...(closed === null
        ? []
        : ([
            ['Sent', bytes(closed.sent)],
            ['Received', bytes(closed.received)],
            ['Open for', duration(closed.runMicros)],
          ] as const)),
      ...(network.what === 0 ? [] : [['Way', fileWords(network.what)] as const]),
      ['Result', result(network.result)],
    ];
  }
  if (change !== null) {
    const { path, other, target } = change;
    return [
      ['Operation', operationWords(change)],
      ...(path === '' ? [] : [['Path', raw(path)] as const]),
      ...(other === '' ? [] : [['Other', raw(other)] as const]),
      ...(target === null
        ? []
        : ([
            [target.pid === process.pid ? 'Was' : 'Process', raw(`${target.exe} (pid ${target.pid})`)],
            ['Its user', `uid ${target.uid}, acting as ${target.euid}`],
          ] as const)),
      ['Value', `${change.value}, ${change.extra}`],
      ['Result', result(change.result)],
    ];
  }
  if (unix !== null)
    return [
      ['Socket', raw(unix.path)],
      ['Result', result(unix.result)],
    ];
  if (syscalls === null) return [];
  return [
    ['Why', unseenWords(syscalls.unseen)],
    ['Calls', raw(syscalls.calls.join(' '))],
  ];
}
