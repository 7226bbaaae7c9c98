import type { Progress } from './progress.ts';
import type { Seed } from './seed.ts';
export async function installAgents(_seed: Seed, _progress: Progress, _signal?: AbortSignal): Promise<void> {}
