/**
 * Node's own modules, asked for while running: a bundler for browsers finds no import to follow, and in a browser there is
 * nothing to ask.
 */
export type BuiltinModules = NodeJS.Process['getBuiltinModule'];

/** Undefined outside of Node, and in Node before 20.16. */
export function builtinModules(): BuiltinModules | undefined {
  const { process } = globalThis as { process?: Partial<NodeJS.Process> };
  return process?.getBuiltinModule?.bind(process);
}
