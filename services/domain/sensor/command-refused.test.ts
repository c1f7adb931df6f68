import { running, testStories } from './story.fixture.ts';

testStories([
  {
    why: 'commands that were not the server’s, an isolation that somebody took away, and a witness that was killed',
    steps: [
      { at: 0, fields: { heartbeat: running, losses: [{ name: 'command.refused', count: 1 }] } },
      {
        at: 1,
        fields: {
          losses: [
            { name: 'command.refused', count: 3 },
            { name: 'isolation.lifted', count: 1 },
            { name: 'witness.lost', count: 2 },
          ],
        },
      },
    ],
    finds: {
      'sensor.command-refused': /None was obeyed$/,
      'sensor.isolation-lifted': /^The kernel programs that isolate this host were taken away/,
      'sensor.witness-lost': /^The process that notes who kills the agent was killed itself/,
    },
  },
]);
