/**
 * One server or a cluster: the same SQL, with what differs in double braces.
 *
 * | in the SQL                       | one server                            | a cluster C                                   |
 * | -------------------------------- | ------------------------------------- | --------------------------------------------- |
 * | `{{on cluster}}`                 |                                       | `ON CLUSTER 'C'`                              |
 * | `{{local T}}`                    | `T`                                   | `T_local`: what one server holds of it        |
 * | `{{replicated}}`                 |                                       | `Replicated`, before an engine of MergeTree   |
 * | `{{remembered tokens N}}`        | `non_replicated_deduplication_window` | `replicated_deduplication_window`, for a week |
 * | `{{distributed T by KEY}}`       |                                       | the table `T` over all `T_local`              |
 * | `{{every replica of T}}`         | `T`                                   | `T_local` of each replica of each shard       |
 * | `{{each shard of T}}`            | `T`                                   | `T` of one replica of each shard              |
 *
 * Shards and replicas take their places from the servers' macros `{shard}` and `{replica}` (default_replica_path).
 */

type Rendering = (argument: string, cluster: string | undefined) => string;

/** A token that is tried again a week later, after an outage, is still known. */
const weekSeconds = 7 * 86_400;

const renderings: Readonly<Record<string, Rendering>> = {
  'on cluster': (_, cluster) => (cluster === undefined ? '' : `ON CLUSTER '${cluster}'`),
  local: (table, cluster) => localTable(table, cluster),
  replicated: (_, cluster) => (cluster === undefined ? '' : 'Replicated'),
  'remembered tokens': (tokens, cluster) =>
    cluster === undefined
      ? `non_replicated_deduplication_window = ${tokens}`
      : `replicated_deduplication_window = ${tokens}, replicated_deduplication_window_seconds = ${weekSeconds}`,
  distributed(argument, cluster) {
    const [table = '', key = ''] = argument.split(' by ');
    return cluster === undefined
      ? ''
      : `CREATE TABLE IF NOT EXISTS ${table} ON CLUSTER '${cluster}' AS ${localTable(table, cluster)} ` +
          `ENGINE = Distributed('${cluster}', currentDatabase(), '${localTable(table, cluster)}', ${key})`;
  },
  'every replica of': (table, cluster) =>
    cluster === undefined
      ? table
      : `clusterAllReplicas('${cluster}', currentDatabase(), '${localTable(table, cluster)}')`,
  'each shard of': (table, cluster) => (cluster === undefined ? table : `cluster('${cluster}', ${table})`),
};

/** The table of one server: `events`, or on a cluster `events_local`. */
export const localTable = (table: string, cluster: string | undefined): string =>
  cluster === undefined ? table : `${table}_local`;

/** The SQL for one server, or for the cluster of that name. Throws at a placeholder that there is not. */
export function laidOut(sql: string, cluster: string | undefined): string {
  if (cluster !== undefined && !/^[A-Za-z_][A-Za-z0-9_-]{0,63}$/.test(cluster)) {
    throw new Error(`${JSON.stringify(cluster)} can not be a cluster's name: expected letters, digits, _ and -`);
  }
  return sql.replaceAll(/\{\{(.*?)\}\}/g, (placeholder, inside: string) => {
    const name = Object.keys(renderings).find(known => inside === known || inside.startsWith(`${known} `));
    if (name === undefined) throw new Error(`there is no placeholder ${placeholder}`);
    return renderings[name]!(inside.slice(name.length + 1), cluster);
  });
}
