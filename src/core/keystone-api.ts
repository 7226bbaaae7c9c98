/** A Keystone's URL with and without its version: policies name the API, and files may name either. */
import { parseKeystoneBase } from './configuration/keystone-url.ts';

/** The API's version at the end, with or without a slash behind it. */
const VERSION = /\/v3\/*$/;

/**
 * The URL without `/v3`, e.g. `http://203.0.113.10:5000`.
 * @returns undefined if there is something in it that does not belong into a base URL, such as a question mark
 */
export function keystoneBase(url: string): string | undefined {
  return parseKeystoneBase(url.replace(VERSION, '').replace(/\/+$/, ''))?.text;
}

/** The URL of the API. @param base - from `keystoneBase` */
export const keystoneApi = (base: string): string => `${base}/v3`;
