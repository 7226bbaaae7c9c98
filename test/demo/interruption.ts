/**
 * Turns Ctrl-C and its kin into an AbortSignal, so that what was built is taken down in order; a second one ends the
 * process at once. A terminal and npm both deliver the same key press: what follows within a second is its echo.
 */

const ECHO_MS = 1_000;
const EXIT_INTERRUPTED = 130;

/** @param say - told once, what is going to happen */
export function interruption(say: (sentence: string) => void): AbortSignal {
  const controller = new AbortController();
  let firstMs: number | undefined;
  const onSignal = (name: NodeJS.Signals): void => {
    if (firstMs === undefined) {
      firstMs = performance.now();
      say('interrupted: taking the bed down; once more to end at once');
      controller.abort(new Error(`interrupted by ${name}`));
    } else if (performance.now() - firstMs > ECHO_MS) {
      process.exit(EXIT_INTERRUPTED);
    }
  };
  for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(name, onSignal);
  return controller.signal;
}
