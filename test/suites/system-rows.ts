/**
 * Which rows of the fault table belong to the system suite, by name: one per fence and per kind of failure, because all of
 * `npm test` must be over while somebody waits for it. The dead man's switch alone is shown by the scenarios about a lost
 * agent. Rows that leave a quarantined server behind come last: each costs the next one a new bed. The whole table is
 * `npm run bed -- faults`.
 */

export const SYSTEM_ROWS: readonly string[] = [
  'mariadbd-frozen',
  'cut-from-store',
  'replica-restarted-in-ballot',
  'arbiter-killed-at-drain',
  'alone-deadline',
  'alone-route',
  'alone-acknowledgement',
];
