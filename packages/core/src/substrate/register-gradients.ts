/**
 * With `@tensorflow/tfjs-core` alone there are no gradients in Node ("gradient function not found for Sum"), and the
 * module that registers them cannot be imported there (its own imports lack extensions). It is bundled into ours instead;
 * it works beside the installed tfjs-core because engine and registry are global to the process.
 *
 * That module is part of TensorFlow.js, Copyright Google LLC, Apache License 2.0: see NOTICE.
 */
// First the installed copy: whichever comes first makes the engine, and the bundled modules are not a whole tfjs-core.
import '@tensorflow/tfjs-core';
import '@tensorflow/tfjs-core/dist/register_all_gradients';
