/** The exit codes of regentctl. Scripts rely on them: a number never changes its meaning. */

export const exitCodes = {
  ok: 0,
  internal: 1,
  usage: 2,
  refused: 3,
  storeUnreachable: 4,
  degraded: 5,
  undecided: 6,
} as const;

export type ExitCode = (typeof exitCodes)[keyof typeof exitCodes];

/** For `--help`. */
export const exitCodesHelp = `Exit codes:
  0  done; with status: everything is as it should be
  1  a defect of regentctl itself
  2  the command line or the node's configuration is not valid
  3  refused; the reason is printed
  4  a store that is needed does not answer
  5  status or catalog finds something wrong; it is printed
  6  a policy was put or an order given, and nothing has come of it within the time`;
