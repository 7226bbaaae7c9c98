/**
 * Secrets are files that only their owner may read. Their mode is checked each time they are read, their content is
 * kept in an object that shows itself to no log, and nothing but `reveal` gets it out.
 */
import { open } from 'node:fs/promises';

/** A secret's content. Printing or serialising it shows that there is one, and no more. */
export class Secret {
  readonly #content: string;

  constructor(content: string) {
    this.#content = content;
  }

  /** For the one call that needs it. */
  reveal(): string {
    return this.#content;
  }

  toString(): string {
    return '[secret]';
  }

  toJSON(): string {
    return '[secret]';
  }
}

/** The file is not there, is open to others, or holds nothing. */
export class SecretUnusable extends Error {
  override readonly name = 'SecretUnusable';
  readonly code = 'SecretUnusable';
  readonly retryable = false;
  readonly path: string;
  /** What an operator can do about it. */
  readonly remedy: string;

  constructor(path: string, detail: string, remedy: string, cause?: unknown) {
    super(`${path}: ${detail}; ${remedy}`, cause === undefined ? undefined : { cause });
    this.path = path;
    this.remedy = remedy;
  }
}

const GROUP_AND_OTHER = 0o077;
const BYTES_MAX = 65_536;

/**
 * @returns the file's content without a line break at its end
 * @throws SecretUnusable naming the file and the remedy, never the content
 */
export async function readSecret(path: string): Promise<Secret> {
  const content = await checkedContent(path);
  const trimmed = content.replace(/\r?\n$/, '');
  if (trimmed === '') throw new SecretUnusable(path, 'the file is empty', 'write the secret into it');
  return new Secret(trimmed);
}

async function checkedContent(path: string): Promise<string> {
  const file = await open(path, 'r').catch((cause: NodeJS.ErrnoException) => {
    throw new SecretUnusable(
      path,
      `cannot be opened (${cause.code ?? cause.message})`,
      'create it with mode 0600',
      cause,
    );
  });
  try {
    const { mode, size } = await file.stat();
    if ((mode & GROUP_AND_OTHER) !== 0) {
      const shown = (mode & 0o777).toString(8).padStart(4, '0');
      throw new SecretUnusable(path, `its mode is ${shown}, others may use it`, `run: chmod 0600 ${path}`);
    }
    if (size > BYTES_MAX) throw new SecretUnusable(path, `has ${size} bytes`, 'name a file that holds one secret');
    return await file.readFile('utf8');
  } finally {
    await file.close();
  }
}
