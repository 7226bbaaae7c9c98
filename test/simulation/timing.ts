/** The numbers of the simulated lease: those of a region's leader, coherent by the rules of core/lease-timing.ts. */
import { marginFor } from '../../src/core/lease-timing.ts';

export const TTL_MS = 3_000;
/** By how much two clocks' rates differ at most; the store's own is the true one. */
export const DRIFT_PPM_MAX = 500;
/** What a leader has begun before its deadline may take this long to stop. */
export const STEP_DOWN_MS = 120;
export const CALL_TIMEOUT_MS = 500;
export const MARGIN_MS = marginFor({ ttlMs: TTL_MS, rttMs: 40, driftPpm: DRIFT_PPM_MAX, stepDownMs: STEP_DOWN_MS });
/** No fault lasts longer. */
export const FAULT_MAX_MS = 25_000;
/** After the last fault has ended: an election after a full TTL, and some looks at the key. */
export const RECOVERY_MS = 18_000;
