export { directorySource } from './directory-source';
export { findMnist } from './find-mnist';
export { type WriteIdxDirectoryOptions, writeIdxDirectory } from './write-idx-directory';
