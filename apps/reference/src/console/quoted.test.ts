import { execFileSync } from 'node:child_process';
import { expect, it } from 'vitest';
import { quoted } from './quoted';

it('a word that needs no quotes has none', () => {
  for (const word of ['runs/first', 'threat.epsilon=8/255', 'mlp:hidden=256+256', '--json', '50%', 'a@b']) expect(quoted(word)).toBe(word);
});

it.skipIf(process.platform === 'win32')('a shell reads back every word as it was, and runs nothing in it', () => {
  for (const word of ['', 'my runs/a', "it's", '$(echo no)', '`x`', 'a;b', '*', '"', '\\', 'a\nb', "''", '~', '#a', '{a,b}', 'é']) {
    expect(execFileSync('sh', ['-c', `printf %s ${quoted(word)}`], { encoding: 'utf8' })).toBe(word);
  }
});
