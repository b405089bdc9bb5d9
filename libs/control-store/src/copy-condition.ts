import { existsSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { writeFileAtomic } from '@pilvi/runtime';

/** What opening a copy of the control data found. */
export type CopyCondition =
  | { readonly kind: 'sound' }
  /** Nothing was ever written here. */
  | { readonly kind: 'new' }
  /** The last record was not whole: it never counted, unless it was damaged later. */
  | { readonly kind: 'torn-tail' }
  /** What was here was set aside; the copy is empty, but for what could still be read of terms and revisions. */
  | { readonly kind: 'damaged'; readonly detail: string };

/**
 * The log shows a torn tail to one start only, which cuts it off. That start may end before it has heard the others (E2), and the next one must not take the
 * copy for a sound one: a note beside it, made before the tail is cut off, says so until it is replaced.
 */
export async function noteTorn(directory: string): Promise<void> {
  await writeFileAtomic(noteOf(directory), '');
}

/** What opening found, or what an earlier start did. */
export function rememberTorn(directory: string, found: CopyCondition): CopyCondition {
  return found.kind === 'sound' && existsSync(noteOf(directory)) ? { kind: 'torn-tail' } : found;
}

/** The copy was replaced, durably. */
export async function forgetTorn(directory: string): Promise<void> {
  await rm(noteOf(directory), { force: true });
}

function noteOf(directory: string): string {
  return `${directory}.torn`;
}
