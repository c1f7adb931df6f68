/** Opens the sensor as the user and with the rights that it was started with, and prints its hooks as JSON. */

import { openSensor } from '@picket/native';

const sensor = openSensor({ ignoreSelf: true }, () => undefined);
console.log(JSON.stringify(sensor.hooks()));
await sensor.close();
