'use client';

import {
  Menu,
  Modal,
  SegmentedControl,
  Text,
  UnstyledButton,
  useMantineColorScheme,
  VisuallyHidden,
} from '@mantine/core';
import { useDisclosure } from '@mantine/hooks';
import { notifications } from '@mantine/notifications';
import { IconKey, IconLogout, IconUserCircle } from '@tabler/icons-react';
import { signOut } from 'next-auth/react';
import { useAccount } from './account.tsx';
import styles from './frame.module.css';
import { PasswordForm } from './password-form.tsx';

const schemes = [
  { value: 'auto', label: 'System' },
  { value: 'light', label: 'Light' },
  { value: 'dark', label: 'Dark' },
];

export function AccountMenu() {
  const { account } = useAccount();
  const { colorScheme, setColorScheme } = useMantineColorScheme();
  const [changing, password] = useDisclosure(false);

  async function leave() {
    await signOut({ redirect: false });
    window.location.assign('/login');
  }

  return (
    <>
      <Menu position="top-start" width={224} withinPortal={false}>
        <Menu.Target>
          <UnstyledButton className={styles.user} title={account.email}>
            <VisuallyHidden>Account:</VisuallyHidden>
            <IconUserCircle size={22} stroke={1.5} aria-hidden />
            <span className={styles.userText}>
              <span>{account.name}</span>
              <span className={styles.role}>{account.role}</span>
            </span>
          </UnstyledButton>
        </Menu.Target>
        <Menu.Dropdown>
          <Menu.Item leftSection={<IconKey size={16} />} onClick={password.open}>
            Change password
          </Menu.Item>
          <Menu.Item leftSection={<IconLogout size={16} />} onClick={leave}>
            Log out
          </Menu.Item>
        </Menu.Dropdown>
      </Menu>
      <SegmentedControl
        size="xs"
        fullWidth
        aria-label="Colours"
        data={schemes}
        value={colorScheme}
        onChange={value => setColorScheme(value === 'light' || value === 'dark' ? value : 'auto')}
      />
      <Modal opened={changing} onClose={password.close} title="Change password">
        <Text size="sm" c="dimmed" mb="sm">
          Your other sessions end with the change.
        </Text>
        <PasswordForm
          label="Change password"
          onDone={() => {
            password.close();
            notifications.show({ message: 'Password changed.' });
          }}
        />
      </Modal>
    </>
  );
}
