// Makes, by the program itself, the runs and pages that the tests open, in the folder AE_PAGES.
import { execFileSync } from "node:child_process";
import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { png } from "./png.mjs";
import { strange } from "./strange.mjs";

const folder = process.env.AE_PAGES;
const program = process.env.AE_PROGRAM;

/** Runs the program, whose last argument is where it writes; what it says is shown if it fails. */
function ae(...args) {
  const began = Date.now();
  // What an earlier call has made: the program overwrites nothing.
  rmSync(args.at(-1), { recursive: true, force: true });
  try {
    execFileSync(program, [...args, "--quiet"], { encoding: "utf8", stdio: "pipe" });
  } catch (error) {
    console.error(`ae-app ${args.join(" ")}\n${error.stdout}${error.stderr}`);
    process.exit(1);
  }
  console.log(`${String(Date.now() - began).padStart(6)} ms  ae-app ${args.join(" ")}`);
}

/** Writes bars at places that depend on the image, in as many classes as there are names. */
function bars(data, names, size, channels) {
  for (const [label, name] of names.entries()) {
    for (let image = 0; image < 16; image += 1) {
      const pixels = new Uint8Array(size * size * channels);
      for (let y = 0; y < size; y += 1) {
        for (let x = 0; x < size; x += 1) {
          const along = label === 0 ? x : label === 1 ? y : x + y;
          const lit = Math.abs(along - size / 4 - image) < size / 10;
          for (let c = 0; c < channels; c += 1) {
            pixels[(y * size + x) * channels + c] = lit ? 255 - 60 * c : 8 * c;
          }
        }
      }
      const file = join(data, name, `${String(image).padStart(2, "0")}.png`);
      mkdirSync(dirname(file), { recursive: true });
      writeFileSync(file, png(pixels, size, size, channels));
    }
  }
}

const run = (name) => join(folder, name);
const explore = (name, ...args) => ae("explore", ...args, "--out", join(folder, `${name}-page`));

// The notebook's models, for as long as it takes to see something.
const dense = ["--limit", "300", "--epochs", "10", "--batch", "30"];
ae("dense", ...dense, "--out", run("dense"));
ae("export", run("dense"), "--npz", join(folder, "dense.npz"));
ae("denoise", "--limit", "200", "--epochs", "2", "--batch", "20", "--out", run("denoise"));
ae("export", run("denoise"), "--npz", join(folder, "denoise.npz"));
// A page holds 256 principal components: fewer than the numbers in a code of this model.
ae("dense", "--limit", "300", "--latent", "260", "--epochs", "1", "--batch", "30", "--out", run("long"));
const shoes = ["--dataset", "fashion-mnist", "--classes", "sandal,sneaker,ankle-boot"];
const vae = ["--model", "vae", "--limit", "300", "--epochs", "3", "--batch", "30"];
ae("dense", ...shoes, ...vae, "--out", run("vae"));
// Names that would be markup, and images that a page cannot train on.
bars(join(folder, strange.data), strange.classes, 28, 1);
const own = ["--classes", "all", "--epochs", "2", "--batch", "8"];
ae("dense", "--dataset", join(folder, strange.data), ...own, "--out", run(strange.run));
bars(join(folder, "photos"), ["a", "b"], 128, 3);
const photos = ["--dataset", join(folder, "photos"), "--batch", "4", "--epochs", "1"];
ae("denoise", ...photos, "--classes", "all", "--out", run("color"));

explore("plain");
explore("dense", run("dense"));
explore("denoise", run("denoise"));
explore("long", run("long"));
explore("vae", run("vae"));
explore("strange", run(strange.run));
explore("color", run("color"));
