import { testDetector } from '../detectors/case-table.ts';
import { executed, process, withFields } from '../detectors/sample-events.ts';
import { discoveryBurst } from './discovery-burst.ts';

const bash = process('/usr/bin/bash');
const names = ['id', 'whoami', 'uname', 'hostname', 'ps', 'ss'];
const asked = (parent = bash) => names.map(name => process(`/usr/bin/${name}`, parent));
const report = withFields(process('/usr/bin/bash /usr/bin/neofetch'), { script: '/usr/bin/neofetch' });
const make = process('/usr/bin/make');

testDetector(discoveryBurst, [
  {
    why: 'the seventh question',
    event: executed(process('/usr/bin/last', bash)),
    before: asked(),
    finds: 'questions asked by bash',
  },
  {
    why: 'the same question seven times is one',
    event: executed(process('/usr/bin/id', bash)),
    before: Array(7).fill(process('/usr/bin/id', bash)),
    finds: undefined,
  },
  { why: 'six are not many', event: executed(process('/usr/bin/ls', bash)), before: asked(), finds: undefined },
  { why: 'a build asks too', event: executed(process('/usr/bin/last', make)), before: asked(make), finds: undefined },
  {
    why: 'an installed script reports about the machine',
    event: executed(process('/usr/bin/last', report)),
    before: asked(report),
    finds: undefined,
  },
]);
