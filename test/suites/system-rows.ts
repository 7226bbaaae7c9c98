/**
 * Which rows of the fault table belong to the system suite, by name: one per kind of fence or failure, because all of
 * `npm test` must be over while somebody waits for it. The whole table is `npm run bed -- faults`.
 */

export const SYSTEM_ROWS: readonly string[] = ['mariadbd-frozen', 'cut-from-store'];
