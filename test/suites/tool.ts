/**
 * A tool that either finds nothing wrong or fails, such as the formatter or the type checker: it counts as one test, and
 * what it says is shown only when it fails.
 */

import { runChild } from './child.ts';
import type { Suite } from './suite.ts';

const LINES_MAX = 60;

export function toolSuite(title: string, argv: readonly string[]): Suite {
  return {
    title,
    run: async ({ say, signal }) => {
      const lines: string[] = [];
      const code = await runChild(argv, { onLine: (line) => lines.push(line), signal });
      if (code === 0) return { passed: 1, failed: 0, skipped: 0 };
      for (const line of lines.slice(0, LINES_MAX)) say(`  ${line}`);
      if (lines.length > LINES_MAX) say(`  … and ${lines.length - LINES_MAX} lines more`);
      return { passed: 0, failed: 1, skipped: 0 };
    },
  };
}
