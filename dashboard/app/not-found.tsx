import { Text } from '@mantine/core';
import type { Metadata } from 'next';
import Link from 'next/link';
import { Entrance } from '../ui/shell/entrance.tsx';

export const metadata: Metadata = { title: 'Not found' };

export default function NotFound() {
  return (
    <Entrance title="There is no such page">
      <Text size="sm" mb="md">
        The address may be mistyped, or from another version of Picket.
      </Text>
      <Link href="/">Go to the overview</Link>
    </Entrance>
  );
}
