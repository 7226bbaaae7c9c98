/**
 * What the members of a database say of themselves changes several times in every ballot, and most agents need none of it at
 * once: each round of theirs would cost a busy node time that the ballot needs.
 */
import { isKeyOf } from '../../store/keys.ts';

/** @param keys - as a mirror tells what changed */
export function areMemberWords(keys: readonly string[] | undefined): boolean {
  return keys?.every((key) => isKeyOf('databaseMember', key)) === true;
}
