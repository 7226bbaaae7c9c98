/** The version of this tree, as package.json says it: the one place where it is written. */
import packageJson from '../../package.json' with { type: 'json' };

export const version: string = packageJson.version;
