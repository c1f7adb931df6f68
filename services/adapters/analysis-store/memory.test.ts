import { ada, analysisStoreContract, bob } from '../../ports/analysis-store.contract.ts';
import { memoryAnalysisStore } from './memory.ts';

analysisStoreContract('memory', async () => {
  const store = memoryAnalysisStore(new Set([ada, bob]));
  const times = new Map<string, number>();
  return {
    store: {
      ...store,
      record: async (findings, epochs) => {
        for (const { time } of findings) times.set('last', Math.max(times.get('last') ?? 0, time));
        return store.record(findings, epochs);
      },
    },
    async alert({ endpoint, detector, program, deviation }) {
      const found = store.alerts.get([endpoint, detector, program, deviation].join('\n'));
      return (
        found && {
          count: found.count,
          status: found.state.status,
          firstSeenAt: found.first.time,
          lastSeenAt: times.get('last')!,
        }
      );
    },
    dispose: store.close,
  };
});
