/**
 * What the files of known data sets are and where they are to be had. Sizes and SHA-256 are those on which public sources agree:
 * torchvision's prototype data sets for MNIST, Fashion-MNIST, KMNIST and SVHN; TensorFlow Datasets for CIFAR-10's archive, and for the
 * files in it torchvision for Ruby and a published comparison, byte for byte, of the binary with the Python archive.
 */
/** One published file of a data set. */
export interface RecipeFile {
  readonly name: string;
  /** Bytes. */
  readonly size: number;
  readonly sha256: string;
  /** Of a packed file: SHA-256 of what is inside, for those who have unpacked or repacked it. */
  readonly content?: string;
  /** The data set is whole without it, and it is fetched only when asked for. @default false */
  readonly optional?: boolean;
}

/** Files that belong together: the published set, or another known one. */
export interface Edition {
  /** `published`, or what this edition is called. */
  readonly name: string;
  /** In plain words, for cards and errors: `two training batches and the test batch of CIFAR-10, 71 images decoded again from JPEG`. */
  readonly title: string;
  readonly files: readonly RecipeFile[];
}

/** A data set's files, and where they are to be had. */
export interface DatasetRecipe {
  /** Also the folder in which the files lie. */
  readonly name: string;
  readonly title: string;
  /** How the files are laid out. */
  readonly format: 'idx' | 'cifar-binary' | 'mat5';
  /** What is fetched. */
  readonly files: readonly RecipeFile[];
  /** What is in the archive that `files` is, and lies in the folder once it is unpacked. @default files */
  readonly contents?: readonly RecipeFile[];
  /** Known sets of files of this form and these names that are not the published bytes. */
  readonly editions?: readonly Edition[];
  /** Other names by which it is known, and under which its folder is looked for. */
  readonly aliases?: readonly string[];
  /** The folder inside of the archive, in which those who unpack it themselves have the files. */
  readonly inner?: string;
  /** Addresses of folders, in the order in which they are tried. */
  readonly mirrors: readonly string[];
  /** Where it is described. */
  readonly home: string;
  readonly licence: string;
}

export const mnistRecipe: DatasetRecipe = {
  name: 'mnist',
  title: 'MNIST, 70,000 handwritten digits, 28 x 28, grey',
  format: 'idx',
  files: [
    {
      name: 'train-images-idx3-ubyte.gz',
      size: 9_912_422,
      sha256: '440fcabf73cc546fa21475e81ea370265605f56be210a4024d2ca8f203523609',
      content: 'ba891046e6505d7aadcbbe25680a0738ad16aec93bde7f9b65e87a2fc25776db',
    },
    {
      name: 'train-labels-idx1-ubyte.gz',
      size: 28_881,
      sha256: '3552534a0a558bbed6aed32b30c495cca23d567ec52cac8be1a0730e8010255c',
      content: '65a50cbbf4e906d70832878ad85ccda5333a97f0f4c3dd2ef09a8a9eef7101c5',
    },
    {
      name: 't10k-images-idx3-ubyte.gz',
      size: 1_648_877,
      sha256: '8d422c7b0a1c1c79245a5bcf07fe86e33eeafee792b84584aec276f5a2dbc4e6',
      content: '0fa7898d509279e482958e8ce81c8e77db3f2f8254e26661ceb7762c4d494ce7',
    },
    {
      name: 't10k-labels-idx1-ubyte.gz',
      size: 4_542,
      sha256: 'f7ae60f92e00ec6debd23a6088c31dbd2371eca3ffa0defaefb259924204aec6',
      content: 'ff7bcfd416de33731a308c3f266cc351222c34898ecbeaf847f06e48f7ec33f2',
    },
  ],
  // The mirrors of torchvision, of the CVDF, of Azure Open Datasets, and a university's.
  mirrors: [
    'https://ossci-datasets.s3.amazonaws.com/mnist/',
    'https://storage.googleapis.com/cvdf-datasets/mnist/',
    'https://azureopendatastorage.blob.core.windows.net/mnist/',
    'https://raw.githubusercontent.com/fgnt/mnist/master/',
  ],
  home: 'http://yann.lecun.com/exdb/mnist/',
  licence: 'CC BY-SA 3.0, copyright Yann LeCun and Corinna Cortes, as commonly stated; derived from NIST Special Databases 1 and 3',
};

export const fashionMnistRecipe: DatasetRecipe = {
  name: 'fashion-mnist',
  title: 'Fashion-MNIST, 70,000 pieces of clothing, 28 x 28, grey',
  format: 'idx',
  files: [
    {
      name: 'train-images-idx3-ubyte.gz',
      size: 26_421_880,
      sha256: '3aede38d61863908ad78613f6a32ed271626dd12800ba2636569512369268a84',
    },
    { name: 'train-labels-idx1-ubyte.gz', size: 29_515, sha256: 'a04f17134ac03560a47e3764e11b92fc97de4d1bfaf8ba1a3aa29af54cc90845' },
    { name: 't10k-images-idx3-ubyte.gz', size: 4_422_102, sha256: '346e55b948d973a97e58d2351dde16a484bd415d4595297633bb08f03db6a073' },
    { name: 't10k-labels-idx1-ubyte.gz', size: 5_148, sha256: '67da17c76eaffca5446c3361aaab5c3cd6d1c2608764d35dfb1850b086bf8dd5' },
  ],
  // The authors' bucket and repository, and Keras'.
  mirrors: [
    'https://fashion-mnist.s3.eu-central-1.amazonaws.com/',
    'https://storage.googleapis.com/tensorflow/tf-keras-datasets/',
    'https://raw.githubusercontent.com/zalandoresearch/fashion-mnist/master/data/fashion/',
  ],
  home: 'https://github.com/zalandoresearch/fashion-mnist',
  licence: 'MIT, copyright Zalando SE',
};

/** 10,000 records of a label and 32 x 32 x 3 bytes each. */
function cifarFiles(sums: Readonly<Record<string, string>>): readonly RecipeFile[] {
  return Object.entries(sums).map(([batch, sha256]) => ({ name: `${batch}.bin`, size: 30_730_000, sha256 }));
}

export const cifar10Recipe: DatasetRecipe = {
  name: 'cifar-10',
  title: 'CIFAR-10, 60,000 photographs of ten kinds of things, 32 x 32, colour',
  format: 'cifar-binary',
  files: [
    {
      name: 'cifar-10-binary.tar.gz',
      size: 170_052_171,
      sha256: 'c4a38c50a1bc5f3a1c5537f2155ab9d68f9f25eb1ed8d9ddda3db29a59bca1dd',
    },
  ],
  contents: cifarFiles({
    data_batch_1: 'cee916563c9f80d84e3cc88e17fdc0941787f1244f00a67874d45b261883ada5',
    data_batch_2: 'a591ca11fa1708a91ee40f54b3da4784ccd871ecf2137de63f51ada8b3fa57ed',
    data_batch_3: 'bbe8596564c0f86427f876058170b84dac6670ddf06d79402899d93ceea26f67',
    data_batch_4: '014e562d6e23c72197cc727519169a60359f5eccd8945ad5a09d710285ff4e48',
    data_batch_5: '755304fc0b379caeae8c14f0dac912fbc7d6cd469eb67a1029a08a39453a9add',
    test_batch: '8e2eb146ae340b09e24670f29cabc6326dba54da8789dab6768acf480273f65b',
  }),
  inner: 'cifar-10-batches-bin',
  aliases: ['cifar10'],
  editions: [
    {
      name: 'partly-from-jpeg',
      title:
        'two of the five training batches and the test batch of CIFAR-10, with 71 of the 30,000 images (ships, a few horses and a dog) decoded again from JPEG',
      files: cifarFiles({
        data_batch_1: '5f6320d5b07a70127f3d9d1f87d6fc909b7bb69c7abea586629f04469446c415',
        data_batch_2: 'c415678db605d74de5c65ed503f905f33b5e322a6fde1e790613fff2796ae469',
        test_batch: '1c56621ea675bc020e791b7048af50595f4308627fb741d4a105da29126daf31',
      }),
    },
  ],
  mirrors: ['https://www.cs.toronto.edu/~kriz/', 'https://storage.googleapis.com/s4tf-hosted-binaries/datasets/CIFAR10/'],
  home: 'https://www.cs.toronto.edu/~kriz/cifar.html',
  licence: 'none stated; to be cited as "Learning Multiple Layers of Features from Tiny Images", A. Krizhevsky, 2009',
};

export const svhnRecipe: DatasetRecipe = {
  name: 'svhn',
  title: 'SVHN, 99,289 digits of house numbers, 32 x 32, colour',
  format: 'mat5',
  files: [
    { name: 'train_32x32.mat', size: 182_040_794, sha256: '435e94d69a87fde4fd4d7f3dd208dfc32cb6ae8af2240d066de1df7508d083b8' },
    { name: 'test_32x32.mat', size: 64_275_384, sha256: 'cdce80dfb2a2c4c6160906d0bd7c68ec5a99d7ca4831afa54f09182025b6a75b' },
    {
      name: 'extra_32x32.mat',
      size: 1_329_278_602,
      sha256: 'a133a4beb38a00fcdda90c9489e0c04f900b660ce8a316a5e854838379a71eb3',
      optional: true,
    },
  ],
  editions: [
    {
      name: 'form-digits',
      title:
        '13,021 training and 3,255 test digits cut from test images of SVHN, greyscale in three channels, cropped anew and split by image',
      files: [
        { name: 'train_32x32.mat', size: 9_809_637, sha256: '65e85c800e881403e763409952e8eb922999cca96fa67181b1c7676a5fff28c0' },
        { name: 'test_32x32.mat', size: 2_448_162, sha256: '21315bf8ec37a6ad38b50d7e8f4f8676bb4e29cdb0c0ca395efa8a1930fb3780' },
      ],
    },
  ],
  mirrors: ['http://ufldl.stanford.edu/housenumbers/'],
  home: 'http://ufldl.stanford.edu/housenumbers/',
  licence: 'for non-commercial use only, as its page says',
};

/** The data sets that `fetchDataset` and `verifyDataset` know, by name. */
export const recipes: Readonly<Record<string, DatasetRecipe>> = Object.fromEntries(
  [mnistRecipe, fashionMnistRecipe, cifar10Recipe, svhnRecipe].map((recipe) => [recipe.name, recipe]),
);

/** The data set of this name or alias. */
export function recipeNamed(name: string): DatasetRecipe | undefined {
  return Object.values(recipes).find((recipe) => recipe.name === name || recipe.aliases?.includes(name));
}

/** The files that lie in the folder of the data set: those in the archive, where there is one. */
export const filesOf = ({ contents, files }: DatasetRecipe): readonly RecipeFile[] => contents ?? files;

/** Files that bear the names of MNIST and are something else: SHA-256, and what they are. */
export const strangers: Readonly<Record<string, string>> = {
  '51467d22d8cc72929e2a028a0428f2086b092bb31cfb79c69cc0a90ce135fde4': 'the training images of KMNIST',
  e38f9ebcd0f3ebcdec7fc8eabdcdaef93bb0df8ea12bee65224341c8183d8e17: 'the training labels of KMNIST',
  edd7a857845ad6bb1d0ba43fe7e794d164fe2dce499a1694695a792adfac43c5: 'the test images of KMNIST',
  '20bb9a0ef54c7db3efc55a92eef5582c109615df22683c380526788f98e42a1c': 'the test labels of KMNIST',
};

/** SHA-256 of the packed files by name, as a card has them. */
export function checksumsOf({ files }: DatasetRecipe): Readonly<Record<string, string>> {
  return Object.fromEntries(files.map(({ name, sha256 }) => [name, sha256]));
}

/** SHA-256 of what is in the packed files, by name without `.gz`, as far as it is known. */
export function contentsOf({ files }: DatasetRecipe): Readonly<Record<string, string>> {
  return Object.fromEntries(files.flatMap(({ name, content }) => (content === undefined ? [] : [[name.replace(/\.gz$/, ''), content]])));
}
