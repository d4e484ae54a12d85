import { createReadStream, existsSync } from 'node:fs';
import { mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { basename, join, resolve } from 'node:path';
import { PassThrough } from 'node:stream';
import { fileURLToPath } from 'node:url';
import { findMnist } from '@groundstate/datasets/node';
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { createOutput } from '../console/output';
import { fetchDatasets, listDatasets, verifyDatasets } from './datasets';

const shared = resolve(fileURLToPath(new URL('../../../../', import.meta.url)), process.env.GROUNDSTATE_DATA ?? '../shared/data');
const real = await findMnist(shared);
if (real === undefined) console.warn(`SKIPPED: no MNIST in ${shared}; fetching it from a mirror on this machine did not run.`);

let parent = '';
beforeAll(async () => {
  parent = await mkdtemp(join(tmpdir(), 'groundstate-datasets-'));
});
beforeEach(() => {
  vi.stubEnv('GROUNDSTATE_DATA', '');
  vi.stubEnv('GROUNDSTATE_CACHE', join(parent, 'cache'));
});
afterAll(async () => {
  vi.unstubAllEnvs();
  await rm(parent, { recursive: true, force: true });
});

/** An output whose streams are kept. */
function captured(json: boolean) {
  const [stdout, stderr] = [new PassThrough(), new PassThrough()];
  const text = (stream: PassThrough): string => String(stream.read() ?? '');
  const output = createOutput({ json, streams: { stdout, stderr: stderr as unknown as NodeJS.WriteStream } });
  return { output, answer: () => text(stdout), onTheWay: () => text(stderr) };
}

describe('datasets', () => {
  it('list says of every data set what it is and where it was found', async () => {
    await mkdir(join(parent, 'cache', 'svhn'), { recursive: true });
    await writeFile(join(parent, 'cache', 'svhn', 'test_32x32.mat'), '');
    const { output, answer, onTheWay } = captured(true);
    await listDatasets(output);
    const { schema, cache, datasets } = JSON.parse(answer());
    expect([schema, cache]).toEqual(['groundstate/datasets@1', join(parent, 'cache')]);
    expect(datasets.map(({ name, directory }: Record<string, unknown>) => [name, directory])).toEqual([
      ['mnist', null],
      ['fashion-mnist', null],
      ['cifar-10', null],
      ['svhn', join(parent, 'cache', 'svhn')],
    ]);
    expect(onTheWay()).toBe('');
    const forPeople = captured(false);
    await listDatasets(forPeople.output);
    expect(forPeople.answer()).toMatch(/synthetic-digits[\s\S]*not MNIST[\s\S]*mnist[\s\S]*11\.6 MB[\s\S]*not found/);
  });

  it('refuse names that they do not know, no name to fetch, one mirror for two, and places that are none', async () => {
    const { output, answer } = captured(true);
    await expect(fetchDatasets(['minst'], {}, output)).rejects.toThrow("datasets fetch: expected `name` to be one of 'mnist', ");
    await expect(fetchDatasets([], {}, output)).rejects.toThrow('datasets fetch: expected `name` to be at least one of');
    await expect(verifyDatasets(['toString'], {}, output)).rejects.toThrow('datasets verify: expected `name` to be one of');
    await expect(fetchDatasets(['mnist', 'svhn'], { mirror: ['http://127.0.0.1:9/'] }, output)).rejects.toThrow(
      'expected `--mirror` to be the mirror of one data set, got "2 data sets".',
    );
    for (const address of ['mirror.example', 'ftp://mirror.example/']) {
      await expect(fetchDatasets(['mnist'], { mirror: [address] }, output)).rejects.toThrow(
        `datasets fetch: expected \`--mirror\` to be an address that starts with https:// or http://, got "${address}".`,
      );
    }
    await expect(fetchDatasets(['mnist'], { data: '' }, output)).rejects.toThrow('expected `--data` to be the path of a folder, got "".');
    await expect(verifyDatasets(['mnist'], { data: '' }, output)).rejects.toThrow('expected `--data` to be the path of a folder, got "".');
    expect(answer()).toBe('');
    expect(existsSync(join(parent, 'cache', 'mnist'))).toBe(false);
  });

  it('verify says what is wrong with each file, and fails where anything is', async () => {
    const data = join(parent, 'bad');
    await mkdir(join(data, 'mnist'), { recursive: true });
    await writeFile(join(data, 'mnist', 't10k-labels-idx1-ubyte.gz'), '<!doctype html>');
    const { output, answer } = captured(false);
    expect(await verifyDatasets([], { data }, output)).toBe(1);
    const text = answer();
    expect(text).toContain(`mnist in ${join(data, 'mnist')}: NOT whole`);
    expect(text).toMatch(/no-data +t10k-labels-idx1-ubyte\.gz: an HTML page/);
    expect(text).toMatch(/missing +train-images-idx3-ubyte\.gz: not in /);
    expect(await verifyDatasets([], { data: join(parent, 'nowhere') }, captured(false).output)).toBe(1);
    const named = captured(true);
    expect(await verifyDatasets(['mnist'], {}, named.output)).toBe(1);
    expect(JSON.parse(named.answer())).toMatchObject({ whole: false, reports: [{ directory: join(parent, 'cache', 'mnist') }] });
  });

  it.skipIf(real === undefined)('fetch brings MNIST from a mirror into the cache, where verify and list find it whole', async () => {
    const folder = real!.description.replace('the folder ', '');
    const server = createServer((request, response) => {
      createReadStream(join(folder, basename(request.url ?? ''))).pipe(response);
    });
    await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
    try {
      const mirror = [`http://127.0.0.1:${(server.address() as AddressInfo).port}/`];
      const first = captured(true);
      await fetchDatasets(['mnist'], { mirror }, first.output);
      const home = join(parent, 'cache', 'mnist');
      expect(JSON.parse(first.answer()).fetched).toMatchObject([{ name: 'mnist', directory: home }]);
      expect(first.onTheWay()).toMatch(/mnist: fetching 11\.6 MB into .*\n[\s\S]*mnist: fetched and verified/);
      expect(await readdir(home)).toHaveLength(4);
      const again = captured(false);
      await fetchDatasets(['mnist'], { mirror }, again.output);
      expect(again.onTheWay()).toContain('all of it was there already');
      expect(again.answer()).toBe(`mnist is whole, in ${home}\n`);
      expect(await verifyDatasets([], {}, captured(false).output)).toBe(1); // svhn above is empty
      expect(await verifyDatasets(['mnist'], {}, captured(false).output)).toBe(0);

      // A file that is something else stays, unless it is told to go.
      const labels = join(home, 't10k-labels-idx1-ubyte.gz');
      await writeFile(labels, 'mine');
      await expect(fetchDatasets(['mnist'], { mirror }, captured(true).output)).rejects.toThrow('got another file, which stays as it is.');
      expect(await readFile(labels, 'utf8')).toBe('mine');
      await fetchDatasets(['mnist'], { mirror, force: true }, captured(true).output);
      expect((await stat(labels)).size).toBe(4542);
    } finally {
      server.closeAllConnections();
      server.close();
    }
  });
});
