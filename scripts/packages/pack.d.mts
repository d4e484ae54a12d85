/** Fills `tarball`, `kilobytes` and `unpacked` in. */
export function pack(root: string, temporary: string, entries: readonly object[]): void;
