/**
 * How a member takes part in the group: it says what it has, and the leader shares out (assignment.ts). The client gives
 * everything back in each rebalance, so what is kept is kept by agreement: a member gets again what it had.
 */

import { AssignerProtocol, type PartitionAssigner } from 'kafkajs';
import { assign } from './assignment.ts';

export interface Membership {
  /** Partitions that this member has. */
  claims(): readonly number[];
  /** Called and waited for before each attempt to join: what another may get is to be made safe now. */
  joining(): Promise<void>;
}

const version = 1;

export function assigner(membership: Membership): PartitionAssigner {
  return ({ cluster }) => {
    const look = cluster.findGroupCoordinator.bind(cluster);
    // The one step of a join that the client waits for and that is ours to take part in.
    cluster.findGroupCoordinator = async options => {
      await membership.joining();
      return look(options);
    };
    return {
      name: 'picket-keeping',
      version,
      async assign({ members, topics: [topic = ''] }) {
        const partitions = cluster.findTopicPartitionMetadata(topic).map(({ partitionId }) => partitionId);
        const shares = assign(
          partitions,
          members.map(({ memberId, memberMetadata }) => ({ id: memberId, has: claimed(memberMetadata) })),
        );
        return [...shares].map(([memberId, share]) => ({
          memberId,
          memberAssignment: AssignerProtocol.MemberAssignment.encode({
            version,
            assignment: { [topic]: share },
            userData: Buffer.alloc(0),
          }),
        }));
      },
      protocol({ topics }) {
        const userData = Buffer.from(JSON.stringify(membership.claims()));
        return { name: this.name, metadata: AssignerProtocol.MemberMetadata.encode({ version, topics, userData }) };
      },
    };
  };
}

/** What another version of this program may say is not to be trusted to be the same. */
function claimed(metadata: Buffer): number[] {
  try {
    const claims: unknown = JSON.parse(
      AssignerProtocol.MemberMetadata.decode(metadata)?.userData.toString('utf8') || '[]',
    );
    return Array.isArray(claims) ? claims.filter(claim => Number.isSafeInteger(claim)) : [];
  } catch {
    return [];
  }
}
