/**
 * Ends a `switch` over a closed union. Reaching it means that a value outside the union got past the edge where it
 * should have been refused.
 * @throws Error always, naming the value
 */
export function assertNever(value: never): never {
  throw new Error(`a value outside its closed list reached the core: ${JSON.stringify(value)}`);
}
