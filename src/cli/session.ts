/**
 * What one command has at hand: its output (for people, or one JSON value), the node's configuration and the stores,
 * opened when first asked for. It also knows how to end a command early with an exit code and a sentence.
 */
import { jsonText } from '../audit/json-text.ts';
import type { Stores } from '../runtime/agent/stores.ts';
import { configProblemText } from '../runtime/config.ts';
import type { AgentConfig } from '../runtime/config-schema.ts';
import type { Store } from '../store/store.ts';
import { type Colours, coloursFor } from './colours.ts';
import type { CliDeps } from './deps.ts';
import { type ExitCode, exitCodes } from './exit-codes.ts';

/** Ends the command: the sentence is printed to stderr. */
export class CommandFailed extends Error {
  override readonly name = 'CommandFailed';
  readonly exitCode: ExitCode;

  constructor(exitCode: ExitCode, message: string, cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause });
    this.exitCode = exitCode;
  }
}

export interface SessionOptions {
  readonly json: boolean;
  /** Path of the node's configuration. */
  readonly config: string;
}

export class Session {
  readonly deps: CliDeps;
  readonly isJson: boolean;
  readonly colours: Colours;
  readonly #configPath: string;
  #config: AgentConfig | undefined;
  #stores: Stores | undefined;

  constructor(deps: CliDeps, options: SessionOptions) {
    this.deps = deps;
    this.isJson = options.json;
    this.#configPath = options.config;
    this.colours = coloursFor(deps.isTerminal && !options.json, deps.environment);
  }

  /** A line for people; nothing with `--json`. */
  say(line = ''): void {
    if (!this.isJson) this.deps.out(`${line}\n`);
  }

  /** The command's result for machines; nothing without `--json`. */
  give(value: unknown): void {
    if (this.isJson) this.deps.out(`${jsonText(value)}\n`);
  }

  /** A remark beside the result, also with `--json`. */
  warn(line: string): void {
    this.deps.err(`${line}\n`);
  }

  /** @throws CommandFailed with every problem of the configuration */
  async config(): Promise<AgentConfig> {
    if (this.#config !== undefined) return this.#config;
    const result = await this.deps.loadConfig(this.#configPath);
    if (!result.ok) {
      const problems = result.problems.map((each) => `  ${configProblemText(each)}`).join('\n');
      throw new CommandFailed(exitCodes.usage, `the configuration ${this.#configPath} is not valid:\n${problems}`);
    }
    this.#config = result.config;
    return result.config;
  }

  /** @throws CommandFailed if certificates or keys cannot be read */
  async stores(): Promise<Stores> {
    if (this.#stores !== undefined) return this.#stores;
    const config = await this.config();
    try {
      this.#stores = await this.deps.openStores(config);
    } catch (cause) {
      const message = cause instanceof Error ? cause.message : String(cause);
      throw new CommandFailed(exitCodes.usage, `the certificates of the stores cannot be read: ${message}`, cause);
    }
    return this.#stores;
  }

  /** Frees the connections. */
  async end(): Promise<void> {
    const stores = this.#stores;
    if (stores === undefined) return;
    const both: (Store | undefined)[] = stores.isOne ? [stores.global] : [stores.regional, stores.global];
    await Promise.all(both.map((store) => store?.close()));
  }
}
