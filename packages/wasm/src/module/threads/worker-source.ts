/**
 * The program of a thread, as text: a file of its own would have to be found again after bundling and in CommonJS.
 * It waits for work (control.ts says how), does it, and waits again, until it is ended.
 */
import { LONGEST_ERROR, STATES, WORDS } from './control';

/** How long a thread looks for work before it sleeps: about as long as waking it takes. */
const MILLISECONDS_AWAKE = 5;

export const workerSource: string = `
'use strict';
const { parentPort, workerData } = require('node:worker_threads');
const { module, memory, names, words, given, error } = workerData;
const { exports } = new WebAssembly.Instance(module, { env: { memory } });
const functions = names.map((name) => exports[name]);

// Whether there is work; false when there will be none any more.
function awaitWork() {
  let sleepAt = performance.now() + ${MILLISECONDS_AWAKE};
  for (let looks = 1; ; looks++) {
    const state = Atomics.load(words, ${WORDS.STATE});
    if (state === ${STATES.ENDED}) return false;
    if (state === ${STATES.GIVEN}) return true;
    if (looks % 64 !== 0 || performance.now() < sleepAt) continue;
    if (Atomics.compareExchange(words, ${WORDS.STATE}, ${STATES.IDLE}, ${STATES.ASLEEP}) === ${STATES.IDLE}) {
      Atomics.wait(words, ${WORDS.STATE}, ${STATES.ASLEEP});
    }
    sleepAt = performance.now() + ${MILLISECONDS_AWAKE};
  }
}

function work() {
  try {
    functions[words[${WORDS.FUNCTION}]](...given.subarray(0, words[${WORDS.ARGUMENTS}]));
  } catch (thrown) {
    const text = String(thrown).slice(0, ${LONGEST_ERROR});
    for (let index = 0; index < text.length; index++) error[index] = text.charCodeAt(index);
    words[${WORDS.ERROR}] = text.length;
  }
}

parentPort.postMessage('ready');
while (awaitWork()) {
  // The caller may have been quicker, and have taken the work back.
  if (Atomics.compareExchange(words, ${WORDS.STATE}, ${STATES.GIVEN}, ${STATES.RUNNING}) !== ${STATES.GIVEN}) continue;
  work();
  if (Atomics.exchange(words, ${WORDS.STATE}, ${STATES.IDLE}) === ${STATES.AWAITED}) Atomics.notify(words, ${WORDS.STATE});
}
`;
