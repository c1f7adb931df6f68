/**
 * The memory that process images take: almost all of it is text that others chose, 32 KiB of arguments and paths of 4 KiB each, and
 * an image lives as long as a descendant has it in its lineage. Text that a process has from its parent is one and the same.
 */

import type { ByteString } from '../sensor/event.ts';
import type { ProcessImage } from './image.ts';

/** What an image takes beside its text, bytes. */
const imageBytes = 256;
const texts = ['exe', 'args', 'cwd', 'script', 'cgroup', 'loader'] as const;
/** The program is what everything is judged by: its path stays whole. */
const shortened = ['args', 'cwd', 'script', 'cgroup', 'loader'] as const;

/** Gives an image its parent, and the parent's own text where theirs is equal. */
export function adopt(image: ProcessImage, parent: ProcessImage | undefined): void {
  image.parent = parent;
  if (parent) for (const text of texts) if (image[text] === parent[text]) image[text] = parent[text];
}

/** Bytes that an image takes beside what it shares with its parent. */
export function ownBytes(image: ProcessImage): number {
  let bytes = imageBytes;
  for (const text of texts) if (image.parent?.[text] !== image[text]) bytes += image[text].length;
  return bytes;
}

/** These images and all their ancestors, each once. */
export function withAncestors(images: Iterable<ProcessImage>): Set<ProcessImage> {
  const all = new Set<ProcessImage>();
  for (const image of images)
    for (let at: ProcessImage | undefined = image; at && !all.has(at); at = at.parent) all.add(at);
  return all;
}

/** Leaves no text longer than `most` bytes, but for the program's path; gives how many were. */
export function shorten(images: Iterable<ProcessImage>, most: number): number {
  // Images that shared a text go on sharing it.
  const short = new Map<ByteString, ByteString>();
  let count = 0;
  for (const image of images) {
    for (const text of shortened) {
      const long = image[text];
      if (long.length <= most) continue;
      const copy = short.get(long) ?? copied(long, most);
      short.set(long, copy);
      image[text] = copy;
      count++;
    }
  }
  return count;
}

/** The first `most` bytes as a text of their own: a slice holds all that it was cut from. */
export const copied = (text: ByteString, most: number): ByteString =>
  Buffer.from(text.slice(0, most), 'latin1').toString('latin1');
