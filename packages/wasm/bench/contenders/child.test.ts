import { describe, expect, it } from 'vitest';
import { startChild } from './child';

/** A child that runs this for every request, with `request` and `answer` at hand. */
function program(body: string) {
  const script = `
    require('node:readline').createInterface({ input: process.stdin }).on('line', (line) => {
      const request = JSON.parse(line);
      const answer = (what) => console.log(JSON.stringify({ ...what, processor: { before: 5, after: 7 } }));
      if (request.do === 'hello') return answer({ title: 'child', kinds: ['product'] });
      ${body}
    });`;
  return { file: process.execPath, parameters: ['--eval', script] };
}

const visit = { name: 'case', calls: 2, lead: true };

describe('a child', () => {
  it('says who it is, answers in turn, and tells what it took of the processor between two requests', async () => {
    const child = await startChild(program('answer({ milliseconds: [request.calls, request.lead ? 1 : 0] });'));
    expect(child).toMatchObject({ title: 'child', kinds: ['product'] });
    expect(await child.visit(visit)).toMatchObject({ milliseconds: [2, 1] });
    // It was at 7 ms when its first answer left, and says 5 when the second request came.
    expect(child.idle().processor).toBe(-2);
    expect(child.idle().elapsed).toBeGreaterThanOrEqual(0);
    child.end();
  });

  it('rejects with the error of the child, and the case it belongs to', async () => {
    const child = await startChild(program("answer({ error: 'no such kernel' });"));
    await expect(child.visit(visit)).rejects.toThrow('case: no such kernel');
    child.end();
  });

  it('rejects with its last words where it ends instead of answering, then and later', async () => {
    const child = await startChild(program("process._rawDebug('out of memory'); process.exit(3);"));
    await expect(child.visit(visit)).rejects.toThrow('the process ended with code 3. out of memory');
    await expect(child.visit(visit)).rejects.toThrow('code 3');
  });

  it('rejects what is no JSON', async () => {
    const child = await startChild(program("console.log('hello there');"));
    await expect(child.visit(visit)).rejects.toThrow('expected a line of JSON, got hello there');
    child.end();
  });

  it('cannot start a program that does not exist', async () => {
    await expect(startChild({ file: '/no/such/program', parameters: [] })).rejects.toThrow('ENOENT');
  });
});
