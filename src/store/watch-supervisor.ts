/**
 * A watch on one stream, kept honest: streams go quiet without ending (a dead peer, a frozen member), so after some
 * silence the member is asked to say something, and if it does not, the watch counts as interrupted. Reports at most
 * one interruption, and nothing at all after it was closed.
 */
import type { Timer, Timers } from '../core/clock.ts';
import type { Change, Watch, WatchOptions } from './store.ts';

export interface WatchStream {
  askForProgress(): void;
  close(): void;
}

/**
 * Opens the stream and sends the request. Every message of the member is an answer, with no changes in it if it only
 * says that the member is alive. `onEnd` may be called more than once.
 */
export type OpenWatchStream = (
  fromRevision: bigint | undefined,
  onAnswer: (changes: readonly Change[]) => void,
  onEnd: (reason: string) => void,
) => Promise<WatchStream>;

/** One question in 5 s and watch costs a store nothing; a dead peer is noticed within 7 s. */
const QUIET_MS = 5_000;
const ANSWER_WITHIN_MS = 2_000;

export function superviseWatch(open: OpenWatchStream, options: WatchOptions, timers: Timers): Watch {
  let isOpen = true;
  let stream: WatchStream | undefined;
  let timer: Timer | undefined;

  const close = () => {
    isOpen = false;
    timer?.cancel();
    stream?.close();
  };
  const interrupted = (reason: string) => {
    if (!isOpen) return;
    close();
    options.onInterrupted(reason);
  };
  const expectAnswer = () => {
    timer?.cancel();
    timer = timers.after(ANSWER_WITHIN_MS, () => interrupted('the member went quiet'));
  };
  const rest = () => {
    timer?.cancel();
    timer = timers.after(QUIET_MS, () => {
      stream?.askForProgress();
      expectAnswer();
    });
  };
  const answered = (changes: readonly Change[]) => {
    if (!isOpen) return;
    rest();
    if (changes.length > 0) options.onChange(changes);
  };

  expectAnswer();
  open(options.fromRevision, answered, interrupted).then(
    (opened) => {
      stream = opened;
      if (!isOpen) opened.close();
    },
    (error: unknown) => interrupted(error instanceof Error ? error.message : 'the watch could not be opened'),
  );
  return { close };
}
