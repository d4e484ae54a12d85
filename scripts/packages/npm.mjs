import { execFileSync } from 'node:child_process';

/** Windows starts `npm.cmd` through a shell only; npm tells its scripts where its own program lies. */
export function npm(parameters, options) {
  const program = process.env.npm_execpath;
  if (program?.endsWith('.js')) return execFileSync(process.execPath, [program, ...parameters], options);
  if (process.platform === 'win32') return execFileSync(`npm.cmd ${parameters.join(' ')}`, { ...options, shell: true });
  return execFileSync('npm', parameters, options);
}
