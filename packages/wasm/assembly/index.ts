/** Everything that TypeScript calls, and the inner functions that must not be put into their callers (see tile.ts). */
export * from './careful';
export * from './convolution';
export * from './epilogue';
export * from './filter-gradient';
export * from './few-channels';
export * from './pack';
export * from './product';
export * from './finite';
export * from './optimisers';
export * from './tile';
