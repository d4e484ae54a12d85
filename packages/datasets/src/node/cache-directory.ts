import { resolve } from 'node:path';
import envPaths from 'env-paths';

/**
 * Where fetched data is kept unless somebody says otherwise: `GROUNDSTATE_CACHE`, else the place that the platform has for caches
 * (`~/.cache/groundstate` on Linux, or below `XDG_CACHE_HOME`; `~/Library/Caches/groundstate` on macOS;
 * `%LOCALAPPDATA%\groundstate\Cache` on Windows). Nothing is made there by asking.
 *
 * @example
 * const source = directorySource(join(cacheDirectory(), 'mnist'));
 */
export function cacheDirectory(env: Readonly<Record<string, string | undefined>> = process.env): string {
  const named = env.GROUNDSTATE_CACHE;
  return named !== undefined && named !== '' ? resolve(named) : envPaths('groundstate', { suffix: '' }).cache;
}
