/**
 * Types of the launcher's pure checks, for its tests. The launcher itself is plain JavaScript, because nothing is
 * installed yet when it runs.
 */

export interface Machine {
  readonly nodeMajor: number;
  readonly platform: string;
  readonly arch: string;
  readonly uid: number;
  readonly viaSudo: boolean;
  readonly distribution: string;
  readonly hasImage: boolean;
  readonly diskFreeBytes: number;
  readonly memoryAvailableBytes: number;
}

export interface OtherUser {
  readonly uid: number;
  readonly gid: number;
  readonly home: string | undefined;
  readonly name: string | undefined;
}

export const SIMULATION_FLAGS: readonly string[];
export const targets: Readonly<
  Record<
    'demo' | 'test' | 'bed' | 'bench' | 'simulate',
    { readonly entry: string; readonly bed: boolean; readonly what: string }
  >
>;
export function refusal(machine: Machine, options: { readonly bed: boolean }): string | undefined;
export function onlyAsks(args: readonly string[]): boolean;
export function distributionOf(osRelease: string): string;
export function memoryAvailableIn(meminfo: string): number;
export function diskFreeIn(df: string): number;
export function installer(
  uid: number,
  clone: { readonly uid: number; readonly gid: number },
  passwd: string,
): OtherUser | undefined;
export function environmentOf(
  user: OtherUser | undefined,
  env: Readonly<Record<string, string>>,
): Readonly<Record<string, string>>;
