import '@tensorflow/tfjs-backend-cpu';
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createNoise } from '@groundstate/core';
import * as tf from '@tensorflow/tfjs-core';
import * as tfl from '@tensorflow/tfjs-layers';
import { afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { convnet } from '../convnet';
import { fromLayersModel, type LayersClassifier } from '../from-layers-model';
import { mlp } from '../mlp';
import { loadModelFromDirectory } from './load-model-from-directory';
import { saveModelToDirectory } from './save-model-to-directory';

/** A disk that is full when it is told to be: half of what is written arrives. */
const fault: { code: 'ENOSPC' | undefined } = vi.hoisted(() => ({ code: undefined }));
vi.mock('node:fs/promises', async (original) => {
  const real = await original<typeof import('node:fs/promises')>();
  const open: typeof real.open = async (...parameters) => {
    const file = await real.open(...parameters);
    const writeFile = file.writeFile.bind(file);
    file.writeFile = async (content, ...rest) => {
      if (fault.code === undefined) return writeFile(content, ...rest);
      await writeFile((content as Uint8Array).slice(0, 50));
      throw Object.assign(new Error('ENOSPC: no space left on device, write'), { code: fault.code });
    };
    return file;
  };
  return { ...real, open };
});

beforeAll(() => tf.setBackend('cpu'));

let root = '';
let directory = '';
let tensorsBefore = 0;
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'groundstate-models-'));
  directory = join(root, 'runs', 'model');
  tensorsBefore = tf.memory().numTensors;
});
afterEach(() => rm(root, { recursive: true, force: true }));

const freed = () => expect(tf.memory().numTensors).toBe(tensorsBefore);
const small = (seed = 5) => mlp({ inputShape: [3], hidden: [4], classes: 2, seed, name: 'small' });
const bits = (model: LayersClassifier) =>
  Object.entries({ ...model.weights, ...model.buffers }).map(([name, variable]) => [
    name,
    Array.from(new Uint32Array(variable.dataSync().slice().buffer)),
  ]);
const failure = (promise: Promise<unknown>) => promise.then(() => undefined).catch((error: unknown) => error);
const json = async () => JSON.parse(await readFile(join(directory, 'model.json'), 'utf8'));
/** No temporary directory is left beside the model's. */
const alone = async () => expect(await readdir(join(root, 'runs'))).toEqual(['model']);

describe('a saved directory', () => {
  it('comes back bit for bit, batch normalisation included', async () => {
    const layers = [
      tfl.layers.batchNormalization({ inputShape: [3], name: 'norm' }),
      tfl.layers.dense({ units: 2, activation: 'softmax', name: 'head' }),
    ];
    for (const model of [
      fromLayersModel(tfl.sequential({ layers }), { bounds: [-1, 1], name: 'mine' }),
      convnet({ inputShape: [6, 6, 1], filters: [2] }),
    ]) {
      tf.tidy(() => {
        model.logits(tf.ones([2, ...model.inputShape]), { mode: 'training' });
      });
      await saveModelToDirectory(model, directory, { overwrite: true });
      const loaded = await loadModelFromDirectory(directory);
      expect(bits(loaded)).toEqual(bits(model));
      expect([loaded.name, loaded.bounds, loaded.inputShape]).toEqual([model.name, model.bounds, model.inputShape]);
      model.dispose();
      loaded.dispose();
    }
    await alone();
    freed();
  });

  it('with keyed dropout loads in a process that has made no such layer', async () => {
    const model = mlp({ inputShape: [3], hidden: [40], classes: 2, dropout: 0.5 });
    await saveModelToDirectory(model, directory);
    const { classNameMap } = tf.serialization.SerializationMap.getMap();
    Reflect.deleteProperty(classNameMap, 'KeyedDropout');
    const loaded = await loadModelFromDirectory(directory);
    tf.tidy(() => {
      const options = { mode: 'training', noise: createNoise(1, Int32Array.of(4, 5)) } as const;
      expect(loaded.logits(tf.ones([2, 3]), options).arraySync()).toEqual(model.logits(tf.ones([2, 3]), options).arraySync());
    });
    model.dispose();
    loaded.dispose();
    freed();
  });

  it('has the standard form: tf.loadLayersModel reads it over HTTP', async () => {
    const model = small();
    await saveModelToDirectory(model, directory);
    expect((await readdir(directory)).sort()).toEqual(['model.json', 'weights.bin']);
    const { format, weightsManifest, userDefinedMetadata } = await json();
    expect([format, weightsManifest.length, weightsManifest[0].paths]).toEqual(['layers-model', 1, ['weights.bin']]);
    expect(userDefinedMetadata).toEqual({ groundstate: { version: 1, name: 'small', bounds: [0, 1], classes: 2, head: 'auto' } });
    const server = createServer((request, response) => {
      readFile(join(directory, request.url ?? '')).then(
        (content) => response.end(content),
        () => response.writeHead(404).end(),
      );
    });
    await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
    try {
      const plain = await tfl.loadLayersModel(`http://127.0.0.1:${(server.address() as AddressInfo).port}/model.json`);
      expect(plain.getWeights().map((weight) => Array.from(weight.dataSync()))).toEqual(
        Object.values(model.weights).map((weight) => Array.from(weight.dataSync())),
      );
      plain.dispose();
    } finally {
      await new Promise((closed) => server.close(closed));
    }
    model.dispose();
    freed();
  });

  it('is replaced on request only, and never holds half a model', async () => {
    const [first, second] = [small(1), small(2)];
    await saveModelToDirectory(first, directory);
    expect(await failure(saveModelToDirectory(second, directory))).toMatchObject({
      code: 'invalid-argument',
      message: expect.stringMatching(
        /^saveModelToDirectory: expected `directory` to be empty, got .*pass `overwrite: true` to replace it\.$/,
      ),
    });
    await saveModelToDirectory(second, directory, { overwrite: true });
    const loaded = await loadModelFromDirectory(directory);
    expect(bits(loaded)).toEqual(bits(second));
    // A save that fails leaves the model that was there.
    tf.tidy(() => {
      first.weights['dense_1/bias']!.assign(tf.fill([4], Number.NaN));
    });
    expect(await failure(saveModelToDirectory(first, directory, { overwrite: true }))).toMatchObject({ code: 'diverged' });
    const still = await loadModelFromDirectory(directory);
    expect(bits(still)).toEqual(bits(second));
    await alone();
    for (const model of [first, second, loaded, still]) model.dispose();
    freed();
  });

  it('keeps to itself: other files are not swept away', async () => {
    const model = small();
    await mkdir(directory, { recursive: true });
    await saveModelToDirectory(model, directory);
    await writeFile(join(directory, 'notes.txt'), 'mine');
    expect(await failure(saveModelToDirectory(model, directory, { overwrite: true }))).toMatchObject({
      message:
        'saveModelToDirectory: expected `directory` to be empty or a model alone, got ["notes.txt"]. Give the model a directory of its own.',
    });
    // Somebody's data set is no model, whatever its files are called.
    await mkdir(join(root, 'data'));
    await writeFile(join(root, 'data', 'weights.bin'), 'mine');
    expect(await failure(saveModelToDirectory(model, join(root, 'data'), { overwrite: true }))).toMatchObject({
      message: expect.stringContaining('empty or a model alone, got ["weights.bin"]'),
    });
    expect(await failure(saveModelToDirectory(model, join(directory, 'notes.txt')))).toMatchObject({
      message: expect.stringContaining('a directory, got'),
    });
    model.dispose();
    freed();
  });

  it('that cannot be written is named with the reason and the room, and nothing is left beside it', async () => {
    const [first, second] = [small(1), small(2)];
    await saveModelToDirectory(first, directory);
    const file = join(root, 'file');
    await writeFile(file, 'mine');
    // A folder cannot be made below a file, whoever asks.
    expect(await failure(saveModelToDirectory(first, join(file, 'model')))).toMatchObject({
      message: expect.stringContaining(`to be a directory, got ${join(file, 'model')}, which is a file or below one.`),
    });
    fault.code = 'ENOSPC';
    const full = await failure(saveModelToDirectory(second, directory, { overwrite: true }));
    fault.code = undefined;
    expect(full).toMatchObject({
      code: 'io',
      message: expect.stringMatching(
        /^saveModelToDirectory: expected `.*model` to be writable, got ENOSPC: no space left on device, write \(\d+\.\d MiB free\)\. .*what was there is there still\.$/,
      ),
    });
    const still = await loadModelFromDirectory(directory);
    expect(bits(still)).toEqual(bits(first));
    await alone();
    for (const model of [first, second, still]) model.dispose();
    freed();
    // No fault of the folder, and not said to be one.
    const gone = await failure(saveModelToDirectory(second, directory, { overwrite: true }));
    expect((gone as Error).message).toMatch(/disposed/);
    expect((gone as Error).message).not.toContain('to be writable');
    await alone();
  });

  it('may have several shards and groups', async () => {
    const model = small();
    await saveModelToDirectory(model, directory);
    const content = await json();
    const bytes = await readFile(join(directory, 'weights.bin'));
    const [group] = content.weightsManifest;
    // dense_1 is 3*4 + 4 = 16 floats; the second group is cut inside a float, as tfjs's writers cut theirs.
    content.weightsManifest = [
      { paths: ['group1-shard1of1.bin'], weights: group.weights.slice(0, 2) },
      { paths: ['group2-shard1of2.bin', './group2-shard2of2.bin'], weights: group.weights.slice(2) },
    ];
    content.userDefinedMetadata = undefined;
    await writeFile(join(directory, 'model.json'), JSON.stringify(content));
    await writeFile(join(directory, 'group1-shard1of1.bin'), bytes.subarray(0, 64));
    await writeFile(join(directory, 'group2-shard1of2.bin'), bytes.subarray(64, 71));
    await writeFile(join(directory, 'group2-shard2of2.bin'), bytes.subarray(71));
    await rm(join(directory, 'weights.bin'));
    const loaded = await loadModelFromDirectory(directory, { bounds: [0, 255] });
    expect(bits(loaded)).toEqual(bits(model));
    expect([loaded.name, loaded.bounds]).toEqual(['small', [0, 255]]);
    model.dispose();
    loaded.dispose();
    freed();
  });
});

describe('a damaged directory', () => {
  const broken = async (change: () => Promise<void>) => {
    const model = small();
    await saveModelToDirectory(model, directory, { overwrite: true });
    model.dispose();
    await change();
    const error = await failure(loadModelFromDirectory(directory));
    freed();
    return error;
  };
  const write = (name: string, content: string | Uint8Array) => writeFile(join(directory, name), content);
  const message = (words: string) => expect.stringContaining(words);

  it('is told apart from a missing one', async () => {
    expect(await failure(loadModelFromDirectory(join(root, 'none')))).toMatchObject({
      code: 'not-found',
      message: message('no such file. Give the directory that holds model.json.'),
    });
    const missing = await broken(() => rm(join(directory, 'weights.bin')));
    expect(missing).toMatchObject({
      code: 'not-found',
      message: message('weights.bin` to be a readable file, got no such file. model.json names it: copy it beside model.json.'),
    });
    expect(await failure(loadModelFromDirectory(join(directory, 'model.json')))).toMatchObject({
      code: 'not-found',
      message: message('Give the directory'),
    });
    const unreadable = await broken(async () => {
      await rm(join(directory, 'weights.bin'));
      await mkdir(join(directory, 'weights.bin'));
    });
    expect(unreadable).toMatchObject({ code: 'io', message: message('weights.bin` to be a readable file, got a folder.') });
  });

  it('says what is wrong with model.json', async () => {
    expect(await broken(() => write('model.json', '{"format":'))).toMatchObject({
      code: 'corrupt',
      message: message('model.json` to be JSON, got'),
    });
    expect(await broken(() => write('model.json', '[]'))).toMatchObject({
      code: 'corrupt',
      message: message('a JSON object, got an array'),
    });
    expect(await broken(() => write('model.json', '{"format":"graph-model"}'))).toMatchObject({
      code: 'unsupported',
      message: message('a layers-model, got a graph-model'),
    });
    expect(await broken(() => write('model.json', '{"modelTopology":{"node":[]},"weightsManifest":[]}'))).toMatchObject({
      code: 'unsupported',
    });
    expect(await broken(() => write('model.json', '{"format":"layers-model"}'))).toMatchObject({
      code: 'corrupt',
      message: message('`modelTopology`, got none'),
    });
    expect(await broken(() => write('model.json', '{"modelTopology":{}}'))).toMatchObject({
      code: 'corrupt',
      message: message('`weightsManifest`'),
    });
  });

  it('names a web page, an empty file and a layer that nobody knows', async () => {
    const file = join(directory, 'model.json');
    expect(await broken(() => write('model.json', '\n<!DOCTYPE html><html><body>404</body></html>'))).toMatchObject({
      code: 'corrupt',
      message: `loadModelFromDirectory: expected \`${file}\` to be JSON, got a web page. Download the model itself, not the page that links to it.`,
    });
    expect(await broken(() => write('model.json', ''))).toMatchObject({
      code: 'corrupt',
      message: `loadModelFromDirectory: expected \`${file}\` to be JSON, got an empty file. Save the model again, or take another copy.`,
    });
    const unknown = await broken(async () => {
      await write('model.json', (await readFile(file, 'utf8')).replaceAll('"Dense"', '"Densest"'));
    });
    expect(unknown).toMatchObject({
      code: 'unsupported',
      message: message(
        `loadModelFromDirectory: expected \`${file}\` to be a topology that tfjs-layers can build, got Unknown layer: Densest`,
      ),
    });
  });

  it('names the file where weights are too many, of another shape, or where no classifier is in it', async () => {
    const file = join(directory, 'model.json');
    const edited = (edit: (content: ReturnType<typeof JSON.parse>) => void) =>
      broken(async () => {
        const content = await json();
        edit(content);
        await write('model.json', JSON.stringify(content));
      });
    // One more vector of two floats in the file and in the manifest than the network has.
    const many = await broken(async () => {
      const content = await json();
      content.weightsManifest[0].weights.push({ name: 'extra/bias', shape: [2], dtype: 'float32' });
      await write('model.json', JSON.stringify(content));
      await write('weights.bin', Buffer.concat([await readFile(join(directory, 'weights.bin')), Buffer.alloc(8)]));
    });
    expect(many).toMatchObject({
      code: 'corrupt',
      message: message(`expected \`${file}\` to be a model whose weights fit its topology, got`),
    });
    const turned = await edited(({ weightsManifest }) => weightsManifest[0].weights[0].shape.reverse());
    expect(turned).toMatchObject({
      code: 'corrupt',
      message: message(`expected \`${file}\` to be a model whose weights fit its topology, got`),
    });
    const strings = await edited(({ weightsManifest }) => {
      weightsManifest[0].weights[0].dtype = 'string';
    });
    expect(strings).toMatchObject({ code: 'corrupt', message: message(`expected \`${file}\` to be a manifest of numeric weights, got`) });
    const renamed = await edited(({ userDefinedMetadata }) => {
      userDefinedMetadata.groundstate.classes = 7;
    });
    expect(renamed).toMatchObject({ code: 'corrupt', message: message(`expected \`${file}\` to be a model of 7 classes`) });
    const sequence = tfl.sequential({ layers: [tfl.layers.dense({ units: 2, inputShape: [3, 4] })] });
    await sequence.save({
      save: async ({ modelTopology, weightSpecs, weightData }) => {
        await mkdir(directory, { recursive: true });
        const weightsManifest = [{ paths: ['weights.bin'], weights: weightSpecs }];
        await write('model.json', JSON.stringify({ modelTopology, weightsManifest }));
        await write('weights.bin', new Uint8Array(weightData as ArrayBuffer));
        return { modelArtifactsInfo: { dateSaved: new Date(0), modelTopologyType: 'JSON' } };
      },
    });
    sequence.dispose();
    expect(await failure(loadModelFromDirectory(directory))).toMatchObject({
      message: expect.stringMatching(/^fromLayersModel: expected .+, got .+\. .*The model is that of .*model\.json\.$/),
    });
    freed();
  });

  it('gives both numbers where weights.bin is too short or too long', async () => {
    // 3*4 + 4 + 4*2 + 2 = 26 floats
    const cut = await broken(async () => write('weights.bin', (await readFile(join(directory, 'weights.bin'))).subarray(0, 90)));
    expect(cut).toMatchObject({ code: 'corrupt', message: message('104 bytes long, as model.json says, got 90 bytes. It is cut short') });
    const long = await broken(() => write('weights.bin', new Uint8Array(108)));
    expect(long).toMatchObject({ code: 'corrupt', message: message('104 bytes long, as model.json says, got 108 bytes. It is too long') });
  });

  it('is refused for NaN weights and for paths that lead elsewhere', async () => {
    const poisoned = await broken(() => write('weights.bin', new Uint8Array(new Float32Array(26).fill(Number.NaN).buffer)));
    expect(poisoned).toMatchObject({ code: 'corrupt', message: message('NaN or infinity in "dense_1/kernel"') });
    for (const path of ['../weights.bin', '/weights.bin', 'a/../../weights.bin']) {
      const outside = await broken(async () => {
        const content = await json();
        content.weightsManifest[0].paths = [path];
        await write('model.json', JSON.stringify(content));
      });
      expect(outside).toMatchObject({ code: 'corrupt', message: message('a manifest of files beside it') });
    }
  });
});
