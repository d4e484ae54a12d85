export type Manifest = {
  readonly name: string;
  readonly version: string;
  readonly private?: boolean;
  readonly bin?: Readonly<Record<string, string>>;
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly exports: Readonly<Record<string, unknown>>;
};
export type Packed = { readonly manifest: Manifest; readonly unpacked: string; readonly kilobytes: number };
export type Size = { readonly specifier: string; readonly minified: number; readonly gzipped: number; readonly withCore: number };
export function sizesOf(entry: Packed, core: Packed): Promise<readonly Size[]>;
