/**
 * How long work says how far it is: one line per step with the time since the start. Callers that show nothing pass
 * `silent`. It must not decide anything: a step's outcome travels as a value or an exception, never through a line.
 */

/** Reports one finished or started step, in a few words, without a full stop. */
export type Progress = (message: string) => void;

/** For callers that show nothing. */
export const silent: Progress = () => undefined;

/**
 * A reporter that writes lines such as `[ 12.3 s] image: unpacking` to `write`.
 *
 * @param write - receives one line without its line end
 */
export function linesWithElapsedTime(write: (line: string) => void): Progress {
  const startedAtMs = performance.now();
  return (message) => {
    const elapsedS = (performance.now() - startedAtMs) / 1000;
    write(`[${elapsedS.toFixed(1).padStart(6)} s] ${message}`);
  };
}
