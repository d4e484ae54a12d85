/** Which state of the sources this is, where it runs from a checkout of the project. */
import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { ownFolder } from './installed';

/**
 * The commit that `folder`, a package of a checkout, is at; `-dirty` behind it where files that git knows were changed. Null for
 * what was installed from a registry, even into a project that is a checkout itself, and where there is no git.
 */
export function gitCommit(folder: string = ownFolder): string | null {
  if (folder.split(/[\\/]/).includes('node_modules')) return null;
  // Variables of a hook that runs us would name another repository. Nothing is locked or refreshed: others may be at work.
  const kept = Object.entries(process.env).filter(([name]) => !name.startsWith('GIT_'));
  const env = { ...Object.fromEntries(kept), GIT_OPTIONAL_LOCKS: '0' };
  const git = (...parameters: string[]): string =>
    execFileSync('git', ['-C', folder, ...parameters], { encoding: 'utf8', env, stdio: ['ignore', 'pipe', 'ignore'], timeout: 5000 });
  try {
    // Known to the repository that it lies in, or that repository is another's.
    git('ls-files', '--error-unmatch', join(folder, 'package.json'));
    return git('describe', '--always', '--dirty', '--abbrev=40', '--exclude=*').trim();
  } catch {
    return null;
  }
}
