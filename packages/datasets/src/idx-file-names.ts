/** The two files of a split, by the names that MNIST's authors gave them and its successors kept; packed ones have `.gz` appended. */
export const idxFileNames: Readonly<Record<'train' | 'test', { readonly images: string; readonly labels: string }>> = {
  train: { images: 'train-images-idx3-ubyte', labels: 'train-labels-idx1-ubyte' },
  test: { images: 't10k-images-idx3-ubyte', labels: 't10k-labels-idx1-ubyte' },
};
