import { newPlace, removePlace, startPicket } from './harness/picket.ts';
import { journey } from './journey/steps.ts';

journey(async () => {
  const place = await newPlace();
  const picket = await startPicket(place, { agent: false });
  const ingressUrl = `http://127.0.0.1:${place.ports.ingress}/submit_logs`;
  return { ...picket, ingressUrl, alertSeconds: 2, remove: () => removePlace(place) };
});
