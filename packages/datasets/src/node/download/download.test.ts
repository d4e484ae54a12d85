import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { GroundstateError } from '@groundstate/core';
import * as fc from 'fast-check';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { closeMirrors, cutOffAfter, mirror, proxy, serve, silentPort } from '../../../tests/mirror';
import { download } from './download';
import type { DownloadOptions, DownloadProgress } from './download-options';

const file = 'digits.gz';
/** Bytes without a period, so that no part of it fits in the place of another. */
const content = Uint8Array.from({ length: 200_000 }, (_, i) => (i * i * 31 + (i >> 7)) % 251);
const sha256 = createHash('sha256').update(content).digest('hex');
const size = content.length;

let parent = '';
let directory = '';
let notices: string[] = [];
beforeAll(async () => {
  parent = await mkdtemp(join(tmpdir(), 'groundstate-download-'));
});
beforeEach(async () => {
  directory = await mkdtemp(join(parent, 'to-'));
  notices = [];
});
afterEach(closeMirrors);
afterAll(() => rm(parent, { recursive: true, force: true }));

const quick = { retryDelay: 5, idleTimeout: 250, connectTimeout: 250 };
const fetchFrom = (mirrors: readonly string[], more: Partial<DownloadOptions> = {}): ReturnType<typeof download> =>
  download({ file, mirrors, sha256, size, directory, onNotice: (line) => notices.push(line), ...quick, ...more });

async function refusal(work: Promise<unknown>): Promise<GroundstateError> {
  const error: unknown = await work.then(
    () => undefined,
    (cause: unknown) => cause,
  );
  if (!GroundstateError.is(error)) throw new Error(`it was not refused: ${String(error)}`);
  return error;
}

/** The whole file under its name, and nothing beside it. */
async function expectWhole(): Promise<void> {
  expect(await readdir(directory)).toEqual([file]);
  expect(Buffer.compare(await readFile(join(directory, file)), content)).toBe(0);
}

/** Nothing under the name of the file; what there is, is a part and its note, or nothing. */
async function expectNoFile(): Promise<string[]> {
  const names = (await readdir(directory)).sort();
  expect(names).not.toContain(file);
  expect(names.filter((name) => name !== `${file}.part` && name !== `${file}.part.json`)).toEqual([]);
  return names;
}

const part = (): Promise<Buffer> => readFile(join(directory, `${file}.part`));

describe('download', () => {
  it('puts the file into a folder that it makes, and says how far it is', async () => {
    const good = await mirror(serve(content));
    const seen: DownloadProgress[] = [];
    const inner = join(directory, 'new', 'folder');
    const answer = await fetchFrom([good.url], { directory: inner, onProgress: (progress) => seen.push(progress) });
    expect(answer).toEqual({ path: join(inner, file), state: 'downloaded', size });
    expect(await readdir(inner)).toEqual([file]);
    expect(seen.at(-1)).toEqual({ file, received: size, size, mirror: good.url });
    expect(seen.every(({ received }, i) => i === 0 || received > seen[i - 1]!.received)).toBe(true);
    expect(good.requests).toEqual([{ path: `/data/${file}`, range: undefined, ifRange: undefined }]);
  });

  it('fetches nothing where the file is there already, and clears away what is left of fetching it', async () => {
    await writeFile(join(directory, file), content);
    for (const left of [`${file}.part`, `${file}.part.json`, 'other.gz.part']) await writeFile(join(directory, left), '');
    expect(await fetchFrom(['http://127.0.0.1:9/'])).toMatchObject({ state: 'present', size });
    expect((await readdir(directory)).sort()).toEqual([file, 'other.gz.part']);
  });

  it('leaves another file of that name alone unless told', async () => {
    const good = await mirror(serve(content));
    await writeFile(join(directory, file), 'mine');
    const error = await refusal(fetchFrom([good.url]));
    expect(error.code).toBe('invalid-argument');
    expect(error.message).toContain('to be free or to hold the file, got another file, which stays as it is.');
    expect(await readFile(join(directory, file), 'utf8')).toBe('mine');
    expect(good.requests).toEqual([]);
    await fetchFrom([good.url], { overwrite: true });
    await expectWhole();
  });

  it('is patient with a mirror that dribbles, as long as it does', async () => {
    const slow = await mirror((_, response) => {
      response.writeHead(200, { 'content-length': size });
      let at = 0;
      const drip = (): void => {
        response.write(content.subarray(at, at + 40_000));
        at += 40_000;
        if (at < size) setTimeout(drip, 200);
        else response.end();
      };
      drip();
    });
    // In all longer than it may be silent.
    await fetchFrom([slow.url], { idleTimeout: 700, tries: 1 });
    await expectWhole();
  });

  it('gives up a mirror that falls silent, and goes on at the next with what has come', async () => {
    const silent = await mirror((_, response) => {
      response.writeHead(200, { 'content-length': size });
      response.write(content.subarray(0, 70_000));
    });
    const good = await mirror(serve(content));
    await fetchFrom([silent.url, good.url], { tries: 1 });
    await expectWhole();
    expect(notices[0]).toMatch(/fell silent in the middle of the file, after 70000 of 200000 bytes/);
    expect(good.requests).toEqual([{ path: `/data/${file}`, range: 'bytes=70000-', ifRange: undefined }]);
  });

  it('gives up a mirror that never answers, in HTTP or in TLS', async () => {
    const port = await silentPort();
    const began = Date.now();
    const error = await refusal(fetchFrom([`http://127.0.0.1:${port}/`, `https://127.0.0.1:${port}/`], { tries: 1 }));
    expect(error.message).toMatch(/http:.*: took the connection and then said nothing\n.*https:.*: did not take the connection in time\n/);
    expect(Date.now() - began).toBeLessThan(5_000);
    expect(await expectNoFile()).toEqual([]);
  });

  it('goes on where a mirror cut off, if the file is still the same', async () => {
    const good = serve(content, { etag: '"one"' });
    const cut = cutOffAfter(content, 120_000, { etag: '"one"' });
    const flaky = await mirror((request, response, visit) => (visit === 1 ? cut : good)(request, response, visit));
    await fetchFrom([flaky.url]);
    await expectWhole();
    expect(flaky.requests[1]).toMatchObject({ range: 'bytes=120000-', ifRange: '"one"' });
    expect(notices.at(-1)).toContain('goes on after the 120000 bytes that were there');
  });

  it('takes the date of the file where there is no strong ETag', async () => {
    const dates = { etag: 'W/"weak"', 'last-modified': 'Wed, 21 Oct 2015 07:28:00 GMT' };
    const good = serve(content, { lastModified: dates['last-modified'] });
    const cut = cutOffAfter(content, 10_000, dates);
    const flaky = await mirror((request, response, visit) => (visit === 1 ? cut : good)(request, response, visit));
    await fetchFrom([flaky.url]);
    await expectWhole();
    expect(flaky.requests[1]).toMatchObject({ ifRange: dates['last-modified'] });
  });

  it.each([
    ['the file has changed', serve(content, { etag: '"two"' }), /sends the whole file again/],
    ['the server knows no ranges', cutOffAfter(content, size), /sends the whole file again/],
    [
      'the server gives the rest of a changed file in spite of If-Range',
      ((request, response, visit) => {
        delete request.headers['if-range'];
        serve(content, { etag: '"two"' })(request, response, visit);
      }) as ReturnType<typeof serve>,
      /another version of the file than the one that was begun: it is fetched whole/,
    ],
    [
      'the server sends another range than the one asked for',
      ((request, response, visit) => {
        if (request.headers.range !== undefined) request.headers.range = 'bytes=7-';
        serve(content, { etag: '"one"' })(request, response, visit);
      }) as ReturnType<typeof serve>,
      /another part of the file than the one asked for .*: it is fetched whole/,
    ],
  ])('fetches the whole file anew, and says so, where %s', async (_, then, words) => {
    const stale = Uint8Array.from(content, (byte) => 255 - byte);
    const cut = cutOffAfter(stale, 50_000, { etag: '"one"' });
    const flaky = await mirror((request, response, visit) => (visit === 1 ? cut : then)(request, response, visit));
    await fetchFrom([flaky.url]);
    await expectWhole();
    expect(notices.join('\n')).toMatch(words);
  });

  it('fetches the whole file anew where what was begun turns out to be wrong', async () => {
    const cut = cutOffAfter(
      Uint8Array.from(content, (byte) => 255 - byte),
      50_000,
    );
    const flaky = await mirror((request, response, visit) => (visit === 1 ? cut : serve(content))(request, response, visit));
    await fetchFrom([flaky.url]);
    await expectWhole();
    expect(flaky.requests.map(({ range }) => range)).toEqual([undefined, 'bytes=50000-', undefined]);
  });

  it.each([
    ['less than the file', 100_000, content.subarray(0, 100_000), /has a file of 100000 bytes under this name, not of 200000/],
    ['more than the file', 300_000, content, /has a file of 300000 bytes under this name, not of 200000/],
  ])('refuses a mirror that announces %s', async (_, length, body, words) => {
    const liar = await mirror((_request, response) => {
      response.writeHead(200, { 'content-length': length });
      response.write(body, () => response.destroy());
    });
    expect((await refusal(fetchFrom([liar.url]))).message).toMatch(words);
    expect(await expectNoFile()).toEqual([]);
  });

  it('refuses a stream without a length that is too short or too long', async () => {
    const streaming = (...pieces: readonly Uint8Array[]): ReturnType<typeof mirror> =>
      mirror((_, response) => {
        for (const piece of pieces) response.write(piece);
        response.end();
      });
    const short = await streaming(content.subarray(0, 100_000), content.subarray(100_000, 150_000));
    expect((await refusal(fetchFrom([short.url], { tries: 1 }))).message).toContain('ended after 150000 of 200000 bytes');
    await expectNoFile();
    const long = await streaming(content, Uint8Array.of(1, 2, 3));
    const other = join(directory, 'other');
    const error = await refusal(fetchFrom([long.url], { tries: 1, directory: other }));
    expect(error.message).toMatch(/sends more than the 200000 bytes of the file|another file/);
    expect(await readdir(other)).not.toContain(file);
  });

  it('knows a length that was announced and not kept, where nobody knows the size', async () => {
    const liar = await mirror(cutOffAfter(content, 60_000));
    const good = await mirror(serve(content));
    await fetchFrom([liar.url, good.url], { size: undefined, tries: 1 });
    await expectWhole();
    expect(notices[0]).toContain('after 60000 of 200000 bytes');
  });

  it('refuses wrong bytes of the right length, keeps none of them, and goes to the next mirror', async () => {
    const wrong = Uint8Array.from(content);
    wrong[100_000] = wrong[100_000]! ^ 1;
    const bad = await mirror(serve(wrong));
    const good = await mirror(serve(content));
    const error = await refusal(fetchFrom([bad.url]));
    expect(error.message).toContain(`sent another file (SHA-256 ${createHash('sha256').update(wrong).digest('hex')})`);
    expect(await expectNoFile()).toEqual([]);
    await fetchFrom([bad.url, good.url]);
    await expectWhole();
    // A wrong file is not asked for twice.
    expect(bad.requests).toHaveLength(2);
  });

  it('refuses a web page, as text/html or by its first bytes', async () => {
    const page = '<!doctype html><title>Sign in to the network</title>';
    const honest = await mirror((_, response) => void response.writeHead(200, { 'content-type': 'text/html; charset=utf-8' }).end(page));
    const sly = await mirror((_, response) => void response.end(page));
    const error = await refusal(fetchFrom([honest.url, sly.url], { size: undefined }));
    expect(error.message).toMatch(/sent a web page in place of the file\n.*it looks like an HTML page\)/);
  });

  it('follows redirects, to another host too, and keeps the range', async () => {
    const good = await mirror(serve(content));
    const chain = await mirror((request, response) => {
      const next = { '/data/digits.gz': '/one', '/one': '../two', '/two': `${good.url}${file}` }[request.url ?? ''];
      response.writeHead(302, { location: next }).end('moved');
    });
    await fetchFrom([chain.url]);
    await expectWhole();
    expect(chain.requests.map(({ path }) => path)).toEqual([`/data/${file}`, '/one', '/two']);
  });

  it('does not follow redirects in circles, without end, to nowhere or to a file on disk', async () => {
    const to = (location: (path: string) => string | undefined): ReturnType<typeof mirror> =>
      mirror((request, response) => {
        const target = location(request.url ?? '');
        response.writeHead(301, target === undefined ? {} : { location: target }).end();
      });
    const loop = await to((path) => (path === '/a' ? '/b' : '/a'));
    const endless = await to((path) => `${path}x`);
    const nowhere = await to(() => undefined);
    const disk = await to(() => 'file:///etc/hosts');
    const error = await refusal(fetchFrom([loop.url, endless.url, nowhere.url, disk.url]));
    const words = ['redirects in a circle', 'redirects more than 5 times', 'redirects to nowhere', 'redirects to "file:///etc/hosts"'];
    for (const sentence of words) expect(error.message).toContain(sentence);
    expect(loop.requests.length + endless.requests.length).toBeLessThan(12);
  });

  it('lists what is wrong with every mirror, and asks twice only where that may help', async () => {
    const answering = (status: number): ReturnType<typeof mirror> => mirror((_, response) => void response.writeHead(status).end('no'));
    const [forbidden, missing, broken] = [await answering(403), await answering(404), await answering(500)];
    const closed = await mirror(serve(content));
    await closed.close();
    const mirrors = [forbidden, missing, broken, closed].map(({ url }) => url);
    const error = await refusal(fetchFrom(mirrors));
    expect(error.code).toBe('not-found');
    expect(error.message.split('\n')).toEqual([
      'download: expected `digits.gz` to be had from one of its 4 mirrors, got a fault from each.',
      `  ${mirrors[0]}: answered with status 403`,
      `  ${mirrors[1]}: answered with status 404`,
      `  ${mirrors[2]}: answered with status 500 (2 tries)`,
      `  ${mirrors[3]}: refused the connection (2 tries)`,
      'Check the network, and HTTPS_PROXY where you are behind a proxy; then try again.',
      `Or fetch it some other way and put it at ${join(directory, file)} (200000 bytes, SHA-256 ${sha256}).`,
    ]);
    expect([forbidden, missing, broken].map(({ requests }) => requests.length)).toEqual([1, 1, 2]);
    expect(await expectNoFile()).toEqual([]);
  });

  it('asks for the file as it is, and refuses one that was packed for the way', async () => {
    let asked: string | undefined;
    const packed = gzipSync(content);
    const packing = await mirror((request, response) => {
      asked = request.headers['accept-encoding'];
      response.writeHead(200, { 'content-encoding': 'gzip', 'content-length': packed.length }).end(packed);
    });
    expect((await refusal(fetchFrom([packing.url]))).message).toContain('packs the file for the way (gzip), though it was asked not to');
    expect(asked).toBe('identity');
  });

  it('takes a packed file that the server merely calls packed', async () => {
    const naming = await mirror((_, response) => {
      response.writeHead(200, { 'content-encoding': 'x-gzip', 'content-length': size }).end(content);
    });
    await fetchFrom([naming.url]);
    await expectWhole();
  });

  it('stops when told, keeps what has come, and goes on from there', async () => {
    const held = await mirror((_, response) => {
      response.writeHead(200, { 'content-length': size, etag: '"one"' });
      response.write(content.subarray(0, 90_000));
    });
    const stop = new AbortController();
    const stopped = fetchFrom([held.url], {
      signal: stop.signal,
      idleTimeout: 10_000,
      onProgress: ({ received }) => received === 90_000 && stop.abort(),
    });
    expect((await refusal(stopped)).code).toBe('aborted');
    expect(await expectNoFile()).toEqual([`${file}.part`, `${file}.part.json`]);
    expect(Buffer.compare(await part(), content.subarray(0, 90_000))).toBe(0);
    expect((await refusal(fetchFrom([held.url], { signal: stop.signal }))).code).toBe('aborted');
    const good = await mirror(serve(content));
    await fetchFrom([good.url]);
    await expectWhole();
    expect(good.requests[0]?.range).toBe('bytes=90000-');
  });

  it('gives a part that is whole its name without asking anybody', async () => {
    await writeFile(join(directory, `${file}.part`), content);
    await writeFile(join(directory, `${file}.part.json`), JSON.stringify({ url: 'x', sha256 }));
    await fetchFrom(['http://127.0.0.1:9/']);
    await expectWhole();
  });

  it.each([
    ['is longer than the file', new Uint8Array(size + 5), { sha256 }],
    ['belongs to another version of the file', content.subarray(0, 100), { sha256: 'other' }],
    ['has no note of where it comes from', content.subarray(0, 100), undefined],
  ])('begins anew where the part %s', async (_, bytes, note) => {
    await writeFile(join(directory, `${file}.part`), bytes);
    if (note !== undefined) await writeFile(join(directory, `${file}.part.json`), JSON.stringify({ url: 'x', ...note }));
    const good = await mirror(serve(content));
    await fetchFrom([good.url]);
    await expectWhole();
    expect(good.requests[0]?.range).toBeUndefined();
  });

  it('takes over what a process left that was killed, and touches nothing of one that lives', async () => {
    const dead = spawnSync(process.execPath, ['--version']).pid;
    const name = (pid: number): string => `${file}.${hostname().replace(/[^\w-]/g, '-')}.${pid}.0a1b2c3d.part`;
    for (const [pid, length] of [
      [dead, 80_000],
      [dead + 1e9, 70_000],
      [process.ppid, 100_000],
    ] as const) {
      await writeFile(join(directory, name(pid)), content.subarray(0, length));
      await writeFile(join(directory, `${name(pid)}.json`), JSON.stringify({ url: 'x', sha256 }));
    }
    const good = await mirror(serve(content));
    await fetchFrom([good.url]);
    expect(good.requests[0]?.range).toBe('bytes=80000-');
    expect((await readdir(directory)).sort()).toEqual([file, name(process.ppid), `${name(process.ppid)}.json`].sort());
    expect((await readFile(join(directory, name(process.ppid)))).length).toBe(100_000);
  });

  it('lets two fetch the same file at once', async () => {
    const good = await mirror(serve(content));
    await Promise.all([fetchFrom([good.url]), fetchFrom([good.url]), fetchFrom([good.url])]);
    await expectWhole();
    // All of them want what a process has left that was killed.
    for (let turn = 0; turn < 5; turn++) {
      await rm(join(directory, file));
      const left = join(directory, `${file}.${hostname().replace(/[^\w-]/g, '-')}.${1e9}.0a1b2c3d.part`);
      await writeFile(left, content.subarray(0, 50_000));
      await writeFile(`${left}.json`, JSON.stringify({ url: 'x', sha256 }));
      await Promise.all(Array.from({ length: 8 }, () => fetchFrom([good.url])));
      await expectWhole();
    }
  });

  it('goes through the proxy of the environment, and past it where NO_PROXY says so', async () => {
    const good = await mirror(serve(content));
    const through = await proxy();
    const before = { ...process.env };
    const restore = (): void => {
      for (const name of ['HTTP_PROXY', 'NO_PROXY', 'http_proxy', 'no_proxy']) {
        if (before[name] === undefined) delete process.env[name];
        else process.env[name] = before[name];
      }
    };
    try {
      process.env.http_proxy = through.url;
      process.env.no_proxy = '';
      await fetchFrom([good.url], { directory: join(directory, 'through') });
      expect(through.tunnels).toEqual([`127.0.0.1:${good.port}`]);
      process.env.no_proxy = 'example.org,127.0.0.1';
      await fetchFrom([good.url], { directory: join(directory, 'past') });
      expect(through.tunnels).toHaveLength(1);
      process.env.no_proxy = '';
      process.env.http_proxy = `http://127.0.0.1:${await silentPort()}`;
      const error = await refusal(fetchFrom([good.url], { directory: join(directory, 'silent'), tries: 1 }));
      expect(error.message).toContain('said nothing');
      process.env.http_proxy = 'not an address';
      expect((await refusal(fetchFrom([good.url], { directory: join(directory, 'no') }))).message).toBe(
        'download: expected `http_proxy` to be the address of a proxy, such as http://host:8080, got "not an address".',
      );
      process.env.http_proxy = (await proxy(403)).url;
      const closed = await refusal(fetchFrom([good.url], { directory: join(directory, 'closed'), tries: 1 }));
      expect(closed.message).toContain('cannot be reached: the proxy answered with status 403');
    } finally {
      restore();
    }
  });

  it('says what is wrong with the folder', async () => {
    await writeFile(join(directory, 'taken'), '');
    const good = await mirror(serve(content));
    const error = await refusal(fetchFrom([good.url], { directory: join(directory, 'taken') }));
    expect(error.code).toBe('io');
    expect(error.message).toContain('to be a folder with room for the file, got a file in its place.');
    await mkdir(join(directory, file));
    expect((await refusal(fetchFrom([good.url]))).message).toContain('got another file');
  });

  it('refuses names, addresses and sums that are none', async () => {
    const cases: [Partial<DownloadOptions>, string][] = [
      [{ file: '../x' }, 'expected `file` to be the plain name of a file, got "../x".'],
      [{ mirrors: [] }, 'expected `mirrors` to be a list of addresses, got [].'],
      [{ mirrors: ['ftp://x/'] }, 'expected `mirrors` to be addresses that start with https:// or http://, got "ftp://x/".'],
      [{ sha256: 'abc' }, 'expected `sha256` to be 64 hexadecimal digits, got "abc".'],
      [{ idleTimeout: 0 }, 'expected `idleTimeout` to be an integer of at least 1, got 0.'],
      [{ md5: 'x' } as never, 'expected `option` to be one of'],
    ];
    for (const [options, words] of cases) expect((await refusal(fetchFrom(['http://x/'], options))).message).toContain(words);
    expect(await readdir(directory)).toEqual([]);
  });

  it('puts the file together from any pieces', async () => {
    await fc.assert(
      fc.asyncProperty(fc.uniqueArray(fc.integer({ min: 0, max: size - 1 }), { minLength: 1, maxLength: 5 }), async (cuts) => {
        await rm(directory, { recursive: true, force: true });
        const ends = [...cuts].sort((a, b) => a - b);
        const flaky = await mirror((request, response, visit) => {
          const end = ends[visit - 1];
          const start = Number(/\d+/.exec(request.headers.range ?? '0')?.[0]);
          if (end === undefined) return serve(content)(request, response, visit);
          const headers = { 'content-length': size - start, 'content-range': `bytes ${start}-${size - 1}/${size}` };
          response.writeHead(start === 0 ? 200 : 206, headers);
          response.flushHeaders();
          response.write(content.subarray(start, end), () => setTimeout(() => response.destroy(), 2));
        });
        // Some of the pieces come in one go, the others in goes of their own.
        for (let goes = 0; goes < 3; goes++) {
          const error = await fetchFrom([flaky.url]).catch((cause: unknown) => cause);
          if (!(error instanceof Error)) break;
          expect(GroundstateError.is(error)).toBe(true);
          await expectNoFile();
        }
        await expectWhole();
        await flaky.close();
      }),
      { numRuns: 40 },
    );
  });
});
