import { join } from 'node:path';
import { newClusterPlace, removeClusterPlace, startCluster } from '../harness/cluster.ts';
import { journey } from '../journey/steps.ts';

journey(async () => {
  const place = await newClusterPlace();
  const cluster = await startCluster(place);
  return {
    ...cluster,
    // Eleven processes share the machine with the browser and the attack.
    alertSeconds: 25,
    certificate: join(place.data, 'edge', 'edge.pem'),
    remove: () => removeClusterPlace(place),
  };
});
