/**
 * Health check of a container: `node healthy.mjs URL` ends with 0 when the service answers 2xx there, else with 1 and why.
 */
const [url = ''] = process.argv.slice(2);
try {
  const response = await fetch(url, { signal: AbortSignal.timeout(4_000) });
  if (!response.ok) throw new Error(`${response.status} ${await response.text()}`);
} catch (error) {
  console.log(`${url}: ${error instanceof Error && error.cause !== undefined ? error.cause : error}`);
  process.exitCode = 1;
}
