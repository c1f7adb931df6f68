'use client';

import { ActionIcon, Kbd, Modal, Table, Tooltip } from '@mantine/core';
import { useDisclosure } from '@mantine/hooks';
import { IconKeyboard } from '@tabler/icons-react';
import { useKeys } from './keys.ts';
import styles from './page-head.module.css';

/** What the keys of this page do, behind a button and `?`. */
export function Shortcuts({ keys }: { keys: readonly (readonly [key: string, what: string])[] }) {
  const [opened, dialog] = useDisclosure(false);
  useKeys({ '?': dialog.open });
  return (
    <>
      <Tooltip label="Keyboard shortcuts (?)">
        <ActionIcon
          variant="default"
          size="input-sm"
          className={styles.wide}
          aria-label="Keyboard shortcuts"
          onClick={dialog.open}
        >
          <IconKeyboard size={18} stroke={1.6} />
        </ActionIcon>
      </Tooltip>
      <Modal opened={opened} onClose={dialog.close} title="Keyboard shortcuts">
        <Table withRowBorders={false} verticalSpacing={4}>
          <Table.Tbody>
            {[...keys, ['?', 'this list'] as const].map(([key, what]) => (
              <Table.Tr key={key}>
                <Table.Th w={90} scope="row">
                  <Kbd>{key}</Kbd>
                </Table.Th>
                <Table.Td>{what}</Table.Td>
              </Table.Tr>
            ))}
          </Table.Tbody>
        </Table>
      </Modal>
    </>
  );
}
