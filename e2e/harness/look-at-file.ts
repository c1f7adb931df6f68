/** What an analyst does to have the agent say what a file of its host is, on the page of its endpoint. */

import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import type { Page } from 'playwright-core';

/** Resolves when the file's hash is shown and the dialog closed; the agent may not have asked for commands yet. */
export async function lookAtFile(page: Page, path: string): Promise<void> {
  await page.getByRole('button', { name: 'Respond', exact: true }).click();
  await page.getByRole('menuitem', { name: 'Collect file' }).click();
  const dialog = page.getByRole('dialog');
  await dialog.getByLabel('Path on the host').fill(path);
  await dialog.getByRole('button', { name: 'Collect' }).click();
  await dialog.getByText(createHash('sha256').update(readFileSync(path)).digest('hex')).waitFor();
  await dialog.getByRole('button', { name: 'Close', exact: true }).last().click();
}
