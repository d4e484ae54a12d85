/** Everything that TypeScript calls, and the inner functions that must not be put into their callers (see tile.ts). */
export * from './tile';
