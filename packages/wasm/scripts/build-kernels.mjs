// Compiles assembly/ twice, with FMA (relaxed SIMD) and without, into src/generated: as base64, which bundlers, CommonJS and browsers
// carry with no file to find, and as .wasm files for those who must serve them. Needs nothing but the npm package assemblyscript.
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import asc from 'assemblyscript/asc';

const root = fileURLToPath(new URL('..', import.meta.url));
const generated = join(root, 'src', 'generated');

/** No run-time library, memory from outside. With a maximum in its type the module can be told at run time that the memory is shared. */
const options = ['-O3', '--runtime', 'stub', '--importMemory', '--maximumMemory', '65536', '--noAssert', '--enable', 'simd'];

const builds = [
  { name: 'relaxed', more: ['--enable', 'relaxed-simd', '--use', 'RELAXED=1'] },
  { name: 'plain', more: ['--use', 'RELAXED=0'] },
];

/** The ids of the sections of a module. */
function sectionsOf(binary) {
  const found = [];
  for (let at = 8; at < binary.length; ) {
    found.push(binary[at++]);
    let length = 0;
    for (let shift = 0; ; shift += 7) {
      const byte = binary[at++];
      length |= (byte & 127) << shift;
      if (byte < 128) break;
    }
    at += length;
  }
  return found;
}

const DATA = 11;
const START = 8;

mkdirSync(generated, { recursive: true });
for (const { name, more } of builds) {
  let binary;
  const { error, stderr } = await asc.main([join(root, 'assembly', 'index.ts'), '--outFile', 'kernels.wasm', ...options, ...more], {
    writeFile: (file, contents) => {
      if (file.endsWith('.wasm')) binary = contents;
    },
  });
  if (error || !binary) {
    console.error(stderr.toString());
    console.error(
      `build-kernels: the ${name} build failed: ${error?.message ?? 'no module came out'}. The lines above say where in assembly/.`,
    );
    process.exit(1);
  }
  // The memory is that of tfjs: data laid into it at a fixed place would overwrite somebody's tensors.
  if (sectionsOf(binary).some((id) => id === DATA || id === START)) {
    console.error(
      `build-kernels: expected the ${name} build to hold no data and no start function: use no strings, arrays or globals with initialisers.`,
    );
    process.exit(1);
  }
  const text = Buffer.from(binary).toString('base64');
  writeFileSync(
    join(generated, `${name}.ts`),
    `/** Made by scripts/build-kernels.mjs from assembly/: ${binary.length} bytes. */\nexport const base64: string =\n  '${text}';\n`,
  );
  writeFileSync(join(generated, `kernels-${name}.wasm`), binary);
  console.log(`build-kernels: ${name}, ${binary.length} bytes`);
}
