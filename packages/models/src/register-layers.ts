/**
 * All layers that this package adds to those of tfjs-layers.
 */
import { HiddenActivationLayer } from './activations';
import { KeyedDropout } from './keyed-dropout';
import { ChannelNormalisation } from './preprocessing/channel-normalisation';
import { ZcaWhitening } from './preprocessing/zca-whitening';
import { registerLayer } from './register-layer';

/**
 * Makes `tf.loadLayersModel` know the layers of this package. Only needed for calling that yourself: everything else here sees to it.
 *
 * @example
 * registerLayers();
 * const network = await tf.loadLayersModel('indexeddb://digits');
 */
export function registerLayers(): void {
  for (const layer of [HiddenActivationLayer, KeyedDropout, ChannelNormalisation, ZcaWhitening]) registerLayer(layer);
}
