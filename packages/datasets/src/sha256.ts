import { GroundstateError } from '@groundstate/core';

/**
 * SHA-256 in hexadecimal, by the web's own cryptography (Node 20 and browsers).
 *
 * @throws GroundstateError `unsupported` where there is none: browsers offer it over https and on localhost only.
 */
export async function sha256(bytes: Uint8Array): Promise<string> {
  const subtle = globalThis.crypto?.subtle;
  if (subtle === undefined) {
    throw new GroundstateError(
      'unsupported',
      'sha256: expected `globalThis.crypto.subtle` to be available, got undefined. Browsers offer it in secure contexts only: serve the page over https or from localhost.',
    );
  }
  const digest = await subtle.digest('SHA-256', bytes as Uint8Array<ArrayBuffer>);
  return Array.from(new Uint8Array(digest), (byte) => byte.toString(16).padStart(2, '0')).join('');
}
