import assert from 'node:assert/strict';
import { test } from 'node:test';
import { services } from '../check/service-variables.fixture.ts';
import { containersOf, environmentOf } from './task.fixture.ts';

for (const service of services) {
  const containers = containersOf(service);
  const container = containers.find(({ Name }) => Name === service)!;
  const { MountPoints = [], DependsOn = [] } = container;
  const written = MountPoints.filter(({ ReadOnly }) => !ReadOnly);

  test(`${service}, which is not root, may write to its volumes: each was opened before it starts`, () => {
    for (const { SourceVolume: volume, ContainerPath: path } of written) {
      const opener = containers.find(
        ({ User, Command = [], MountPoints: mounts = [] }) =>
          User === 'root' &&
          Command.join(' ') === `chmod 1777 ${path}` &&
          mounts.some(each => each.SourceVolume === volume && each.ContainerPath === path),
      );
      assert.ok(opener, `nothing opens ${path}`);
      const awaited = DependsOn.find(({ ContainerName }) => ContainerName === opener.Name);
      assert.equal(awaited?.Condition, 'SUCCESS', `${service} does not wait for ${opener.Name}`);
    }
  });

  if (service === 'ingress')
    test('ingress keeps its watermarks where it may write', () => {
      const data = environmentOf(container).find(({ Name }) => Name === 'PICKET_DATA')?.Value ?? '/var/lib/picket';
      assert.ok(
        written.some(({ ContainerPath }) => ContainerPath === data),
        data,
      );
    });
}
