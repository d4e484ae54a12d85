// A place like a worker of a browser, for bundles: it has what a worker has, and nothing of Node.
import { readFile } from 'node:fs/promises';
import { basename } from 'node:path';
import { createContext, Script } from 'node:vm';

/** What Node and workers share under the same names. */
const SHARED = [
  'AbortController',
  'AbortSignal',
  'atob',
  'Blob',
  'btoa',
  'clearInterval',
  'clearTimeout',
  'CompressionStream',
  'crypto',
  'DecompressionStream',
  'Event',
  'EventTarget',
  'performance',
  'queueMicrotask',
  'ReadableStream',
  'Response',
  'setInterval',
  'setTimeout',
  'structuredClone',
  'TextDecoder',
  'TextEncoder',
  'URL',
];

/** `files` are what the page's server would have, by the last part of their address. */
function workerGlobals(files) {
  const fetch = async (address) => {
    const file = files[basename(new URL(address, 'https://example.org/').pathname)];
    return file === undefined ? new Response(null, { status: 404 }) : new Response(await readFile(file));
  };
  return {
    ...Object.fromEntries(SHARED.map((name) => [name, globalThis[name]])),
    // What an example prints is for its reader, not for whoever checks it.
    console: Object.fromEntries(Object.keys(console).map((name) => [name, () => {}])),
    fetch,
    importScripts() {},
    location: { href: 'https://example.org/' },
    navigator: { userAgent: 'a worker', hardwareConcurrency: 2 },
    WorkerGlobalScope: class WorkerGlobalScope {},
  };
}

/** Runs a bundle and waits for the promise that it leaves as `finished`. Rejects with what the program throws. */
export async function runInWorker(bundle, files = {}) {
  const globals = workerGlobals(files);
  const context = createContext(globals);
  new Script('self = globalThis').runInContext(context);
  new Script(bundle, { filename: 'bundle.js' }).runInContext(context);
  if (typeof context.finished?.then !== 'function') throw new Error('the bundle left no promise');
  await context.finished;
}
