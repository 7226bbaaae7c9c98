/** Replaces a whole file so that a crash leaves the old one or the new one, on disk when it returns. For the agent's own state. */
import { mkdir, open, rename } from 'node:fs/promises';
import { dirname } from 'node:path';

/** The directory is made if it is not there; both are for the agent's user only. */
export async function replaceFile(path: string, text: string): Promise<void> {
  await mkdir(dirname(path), { recursive: true, mode: 0o700 });
  const temporary = `${path}.new`;
  const file = await open(temporary, 'w', 0o600);
  try {
    await file.writeFile(text);
    await file.datasync();
  } finally {
    await file.close();
  }
  await rename(temporary, path);
  const directory = await open(dirname(path), 'r');
  try {
    await directory.sync();
  } finally {
    await directory.close();
  }
}
