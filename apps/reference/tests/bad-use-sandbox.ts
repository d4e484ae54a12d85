/** The folder in which bad invocations are tried: runs in every state, a model, a folder that should hold data. */
import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { mlp } from '@groundstate/models';
import { saveModelToDirectory } from '@groundstate/models/node';
import { sealed } from '../src/config/sealed';

const config = { schema: 'groundstate/config@1', seed: 0, backend: 'cpu', data: null, threat: { norm: 'l2', epsilon: 1 } };
export async function plant(folder: string): Promise<void> {
  const write = async (path: string, content: string | Uint8Array | object): Promise<void> => {
    await mkdir(dirname(join(folder, path)), { recursive: true });
    const plain = typeof content === 'string' || content instanceof Uint8Array;
    await writeFile(join(folder, path), plain ? content : JSON.stringify(content));
  };
  await write('finished/config.json', { ...config, pipeline: 'mnist' });
  await write('finished/results.json', { schema: 'groundstate/results@1' });
  await write('begun/config.json', { ...config, pipeline: 'mnist' });
  await write('begun-earlier/config.json', sealed({ ...config, pipeline: 'mnist', sizes: { train: 10 } }));
  await write('begun-tuning/config.json', sealed({ ...config, pipeline: 'tune', trials: [] }));
  await write('unsealed/config.json', { ...config, pipeline: 'tune' });
  await write('emptied/config.json', sealed({ ...config, pipeline: 'tune', trials: [] }));
  await write('emptied/results.json', { schema: 'groundstate/tuning@1' });
  await write('no-outcomes/results.json', { schema: 'groundstate/results@1', defences: [{ name: 'a' }] });
  await write('no-outcomes/outcomes.json', {});
  await write('no-results/results.json', 'null');
  await write('changed/config.json', { ...config, pipeline: 'mnist', fingerprint: '0123456789abcdef' });
  await write('damaged/config.json', '{"pipeline": "mni');
  await write('foreign/letter.txt', 'dear all');
  await write('file.txt', 'just a file');
  await write('data/mnist/notes.txt', 'no data here');
  const model = mlp({ inputShape: [28, 28, 1], hidden: [], classes: 10, name: 'small' });
  await saveModelToDirectory(model, join(folder, 'model'));
  model.dispose();
}
