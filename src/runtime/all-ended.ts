/**
 * Waits until several things that run beside each other have all ended, also when one has failed: what went on by itself
 * would meet the next round of its loop.
 * @throws what the first of them, in their order, has thrown
 */
export async function allEnded<T extends readonly unknown[]>(
  works: readonly [...{ [K in keyof T]: Promise<T[K]> | undefined }],
): Promise<T> {
  const ended = await Promise.allSettled(works);
  const failed = ended.find((each): each is PromiseRejectedResult => each.status === 'rejected');
  if (failed !== undefined) throw failed.reason;
  return ended.map((each) => (each as PromiseFulfilledResult<unknown>).value) as unknown as T;
}
