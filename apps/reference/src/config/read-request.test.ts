import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import * as z from 'zod';
import { group, number, oneOf, path, text, texts } from './fields';
import { merge } from './layers';
import { type ConfigFlags, parseSetting, readRequest } from './read-request';

let folder = '';
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'groundstate-request-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

const schema = group({
  name: text('a name'),
  count: number({ integer: true, min: 1 }),
  limit: number({ integer: true, min: 1 }).nullable(),
  list: texts('a list of names'),
  out: path,
  threat: group({ norm: oneOf(['linf', 'l2']), epsilon: number({ above: 0 }) }),
});
const defaults = { name: 'x', count: 1, limit: null, list: ['a'], out: null, threat: { norm: 'l2', epsilon: 2 } };
const places = { name: 'name', count: 'count', epsilon: 'threat.epsilon', batchSize: 'limit' };
const read = (flags: ConfigFlags & Record<string, unknown>) =>
  readRequest(schema, { owner: 'cook', pipeline: 'soup', defaults, flags, places });
const file = async (content: string | Uint8Array): Promise<string> => {
  const path = join(folder, 'file.json');
  await writeFile(path, content);
  return path;
};

describe('a request', () => {
  it('takes numbers as people write them, wherever they stand', async () => {
    const config = await file('{"threat": {"epsilon": "8/255"}, "limit": "1e1"}');
    expect(await read({ config, count: ' 3 ' })).toEqual({ ...defaults, count: 3, limit: 10, threat: { norm: 'l2', epsilon: 8 / 255 } });
  });

  it('names a misspelt key first, with the nearest one and all there are, and counts what else is wrong', async () => {
    const config = await file('{"count": 0, "threat": {"epsilno": 1, "norm": "l3"}}');
    await expect(read({ config })).rejects.toMatchObject({
      code: 'invalid-argument',
      message: `cook: expected \`key\` to be one of threat.norm, threat.epsilon, got "threat.epsilno". Did you mean threat.epsilon? It stands in ${config}. 2 more things are wrong.`,
    });
    await expect(read({ set: ['zzz=1'] })).rejects.toThrow(
      'cook: expected `key` to be one of name, count, limit, list, out, threat, got "zzz".',
    );
    await expect(read({ set: ['__proto__.x=1'] })).rejects.toThrow('got "__proto__"');
    await expect(read({ config: await file('{"__proto__": {"count": 9}}') })).rejects.toThrow('got "__proto__"');
  });

  it('says where a wrong value was written: an option, a setting, the file', async () => {
    await expect(read({ count: '1.5' })).rejects.toThrow('cook: expected `--count` to be an integer of at least 1, got 1.5.');
    await expect(read({ batchSize: 'many' })).rejects.toThrow('cook: expected `--batch-size` to be an integer of at least 1, got "many".');
    await expect(read({ epsilon: '1/0' })).rejects.toThrow(
      '`--epsilon` to be a finite number, such as 0.3 or \'8/255\', above 0, got "1/0".',
    );
    await expect(read({ count: '2', set: ['count=0'] })).rejects.toThrow('cook: expected `count` to be an integer of at least 1, got 0.');
    const config = await file('{"list": [1]}');
    await expect(read({ config })).rejects.toThrow(`cook: expected \`list.0\` to be a list of names, got 1. It stands in ${config}.`);
    await expect(read({ set: ['threat=5'] })).rejects.toThrow('cook: expected `threat` to be a group of the keys norm, epsilon, got 5.');
    await expect(read({ set: ['threat.norm=lniff'] })).rejects.toThrow("to be one of 'linf', 'l2', got \"lniff\".");
    await expect(read({ set: ['count.deep=1'] })).rejects.toThrow(
      '`count` to be an integer of at least 1, got an object with keys [deep].',
    );
    await expect(read({ set: ['count=null'] })).rejects.toThrow('got null.');
  });

  it('wants a key and a value of --set, and takes JSON where it is JSON', () => {
    expect(parseSetting('cook', 'a.b=[1,"x"]')).toEqual({ path: 'a.b', value: [1, 'x'] });
    expect(parseSetting('cook', 'a=b=c')).toEqual({ path: 'a', value: 'b=c' });
    expect(parseSetting('cook', 'a=')).toEqual({ path: 'a', value: '' });
    for (const wrong of ['a', '=1', '.a=1', 'a..b=1', 'a.=1', '']) {
      expect(() => parseSetting('cook', wrong)).toThrow(
        `cook: expected \`--set\` to be a key and its value, as in threat.epsilon=8/255, got ${JSON.stringify(wrong)}.`,
      );
    }
  });

  it('leaves what it merges untouched, and lists whole', () => {
    const under = { a: { b: 1, c: 2 }, list: [1, 2] };
    expect(merge(under, { a: { b: 3 }, list: [4] })).toEqual({ a: { b: 3, c: 2 }, list: [4] });
    expect(under).toEqual({ a: { b: 1, c: 2 }, list: [1, 2] });
  });
});

describe('the file of --config', () => {
  it('may be the config.json of a run of the same kind', async () => {
    const about = { schema: 'groundstate/config@1', pipeline: 'soup', seed: 77, command: '' };
    expect(await read({ config: await file(JSON.stringify({ ...about, request: { count: 5 } })) })).toMatchObject({ count: 5 });
    await expect(read({ config: await file(JSON.stringify(about)) })).rejects.toThrow('to be a config.json with a request in it, got one');
    await expect(read({ config: await file(JSON.stringify({ ...about, pipeline: 'tea' })) })).rejects.toThrow(
      'to be the config.json of a run of soup, got that of a run of tea.',
    );
    await expect(read({ config: await file('{"schema": "groundstate/results@1"}') })).rejects.toThrow(
      'got a file of groundstate/results@1',
    );
  });

  it('says what is wrong with it, by name', async () => {
    const missing = join(folder, 'missing.json');
    await expect(read({ config: missing })).rejects.toThrow(`--config: expected \`${missing}\` to be a file, got nothing there.`);
    await expect(read({ config: folder })).rejects.toThrow(`--config: expected \`${folder}\` to be a readable file, got a folder.`);
    for (const [content, got] of [
      ['', 'an empty file'],
      ['{"a": ', 'text that is no JSON ('],
      ['[1]', 'a list'],
      ['3', '3'],
      ['null', 'null'],
    ] as const) {
      const config = await file(content);
      await expect(read({ config })).rejects.toThrow(`--config: expected \`${config}\` to be a JSON object, got ${got}`);
    }
    await expect(read({ config: await file(Uint8Array.of(0xff, 0xfe, 0, 1)) })).rejects.toThrow('got bytes that are no text');
  });

  it('is judged by the schema it is read for, whatever that is made of', async () => {
    const other = group({ deep: group({ inner: z.boolean({ error: 'true or false' }) }) });
    const sources = { owner: 'cook', pipeline: 'soup', defaults: {}, flags: { set: ['deep.inner=yes'] }, places: {} };
    await expect(readRequest(other, sources)).rejects.toThrow('cook: expected `deep.inner` to be true or false, got "yes".');
  });
});
