// The data of the page: text in the file, typed arrays for the panels.

/** The bytes of a base64 text. */
function bytesOf(base64) {
  const text = atob(base64);
  const bytes = new Uint8Array(text.length);
  for (let i = 0; i < text.length; i++) bytes[i] = text.charCodeAt(i);
  return bytes;
}

/** The numbers of a base64 text: f32, little-endian, as every machine with a browser has them. */
function floatsOf(base64) {
  return new Float32Array(bytesOf(base64).buffer);
}

/** The bytes that gzip has packed. */
async function unpack(bytes) {
  const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("gzip"));
  return new Uint8Array(await new Response(stream).arrayBuffer());
}

/** Images of the page: bytes in the file, numbers in [0, 1] for the model. */
class Images {
  constructor({ count, labels }, pixels, { height, width, channels }) {
    this.count = count;
    this.labels = labels;
    /** The bytes, [count, height * width * channels]. */
    this.pixels = pixels;
    this.size = height * width * channels;
  }

  /** `count` images from number `first` on, as numbers in [0, 1]. */
  images(first, count = 1) {
    const bytes = this.pixels.subarray(first * this.size, (first + count) * this.size);
    return Float32Array.from(bytes, (byte) => byte / 255);
  }
}

/** Reads the page's data. */
async function readBundle() {
  const bundle = JSON.parse(document.getElementById("bundle").textContent);
  const set = async (packed) => packed?.count > 0
    ? new Images(packed, await unpack(bytesOf(packed.pixels)), bundle.image)
    : null;
  const { codes, pca } = bundle;
  return {
    ...bundle,
    model: bundle.model && bytesOf(bundle.model),
    train: await set(bundle.train),
    test: await set(bundle.test),
    codes: codes && { ...codes, values: floatsOf(codes.values) },
    pca: pca && {
      mean: floatsOf(pca.mean),
      components: floatsOf(pca.components),
      deviations: floatsOf(pca.deviations),
      explained: pca.explained,
    },
    missing: bundle.missing ?? {},
  };
}

/** The engine, from the page. */
async function readEngine() {
  return loadEngine(await unpack(bytesOf(document.getElementById("engine").textContent.trim())));
}

/**
 * What this browser cannot do: null, or the key of a sentence that says so. The bytes are the
 * smallest module with an instruction of WebAssembly SIMD (`v128.const`, `drop`).
 */
function lacking() {
  if (typeof WebAssembly !== "object") return "noWasm";
  const simd = new Uint8Array([0, 97, 115, 109, 1, 0, 0, 0, 1, 4, 1, 96, 0, 0, 3, 2, 1, 0, 10, 23,
    1, 21, 0, 253, 12, ...Array(16).fill(0), 26, 11]);
  if (!WebAssembly.validate(simd)) return "noSimd";
  if (typeof DecompressionStream !== "function") return "noUnpack";
  return null;
}

words({
  en: {
    noWasm: "This browser does not run WebAssembly, or it is switched off. Please open the page in a current Firefox, Chrome, Edge or Safari.",
    noSimd: "This browser does not run WebAssembly with SIMD. Please open the page in a Firefox, Chrome, Edge or Safari from 2023 or later.",
    noUnpack: "This browser does not unpack gzip (DecompressionStream). Please open the page in a Firefox, Chrome, Edge or Safari from 2023 or later.",
    failed: "The page could not do this: {0}",
  },
  fr: {
    noWasm: "Ce navigateur n'exécute pas WebAssembly, ou WebAssembly est désactivé. Veuillez ouvrir la page dans une version récente de Firefox, Chrome, Edge ou Safari.",
    noSimd: "Ce navigateur n'exécute pas WebAssembly avec SIMD. Veuillez ouvrir la page dans Firefox, Chrome, Edge ou Safari (2023 ou plus récent).",
    noUnpack: "Ce navigateur ne décompresse pas gzip (DecompressionStream). Veuillez ouvrir la page dans Firefox, Chrome, Edge ou Safari (2023 ou plus récent).",
    failed: "La page n'a pas pu le faire : {0}",
  },
});
