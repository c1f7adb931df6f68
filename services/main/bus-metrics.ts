/** Whether the bus answers, and how far each group is behind, by partition. Of lag each process says the same: take the maximum, not the sum. */

import { Gauge, type Registry } from 'prom-client';
import type { Bus } from '../ports/bus.ts';

export function measureAnswers(bus: Bus, registry: Registry): void {
  new Gauge({
    name: 'picket_bus_answers',
    help: '0: no broker answers, and what is said of what the bus holds and of lag is as it was when one did',
    registers: [registry],
    async collect() {
      this.set((await bus.stats()).answered ? 1 : 0);
    },
  });
}

export function measureLag(bus: Bus, registry: Registry): void {
  new Gauge({
    name: 'picket_bus_partition_lag_messages',
    help: 'Messages of a partition that a group has not committed; each process that says so says the same',
    labelNames: ['topic', 'group', 'partition'],
    registers: [registry],
    async collect() {
      const { partitions } = await bus.stats();
      this.reset();
      for (const { topic, group, partition, messages } of partitions) this.set({ topic, group, partition }, messages);
    },
  });
}
