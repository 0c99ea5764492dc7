// A page of the program in headless Chromium, and all that must never happen in it.
import { createRequire } from "node:module";
import { existsSync } from "node:fs";
import { join, resolve } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import assert from "node:assert/strict";

const root = fileURLToPath(new URL("../../", import.meta.url));
// run.sh installs the packages below target/, where the tests that read the repository do not look.
const packages = createRequire(join(root, "target/browser/package.json"));
const { chromium } = packages("playwright-core");
const axeSource = packages("axe-core").source;

/** The file of a page that run.sh has made, as `dense/explore.html`. */
export function made(name) {
  const folder = process.env.AE_PAGES;
  assert(folder, "AE_PAGES is not set: run tests/browser/run.sh, which makes the pages first");
  const file = resolve(folder, name);
  assert(existsSync(file), `${file} is missing: run tests/browser/run.sh, which makes it`);
  return file;
}

/** Where Chromium is: CHROMIUM, or the first of its usual names on the path. */
function chromiumPath() {
  if (process.env.CHROMIUM) return process.env.CHROMIUM;
  const names = ["chromium", "chromium-browser", "google-chrome-stable", "google-chrome"];
  for (const folder of process.env.PATH.split(":")) {
    for (const name of names) if (existsSync(join(folder, name))) return join(folder, name);
  }
  throw new Error("Chromium is not installed: install it, or set CHROMIUM to its path");
}

let started;
/** The browser of this test file, started when first asked for. */
export function browser() {
  // Chromium's own sandbox does not work for root, which containers often are.
  const args = process.getuid?.() === 0 ? ["--no-sandbox"] : [];
  started ??= chromium.launch({ executablePath: chromiumPath(), args });
  return started;
}
/** Ends the browser: call it in `after`, or the test file never ends. */
export async function end() {
  await (await started)?.close();
  started = undefined;
}

/**
 * Opens a file of the program as by a double click, and returns a `Visit`.
 *
 * `hash` is the fragment; `lang` the browser's language; `width`, `height` in CSS pixels; `dark`,
 * `touch`, `reduced` (motion) and `script` (false: JavaScript is off) are the person's settings.
 */
export async function open(file, options = {}) {
  const { hash = "", lang = "en-US", width = 1200, height = 800 } = options;
  const context = await (await browser()).newContext({
    viewport: { width, height },
    locale: lang,
    colorScheme: options.dark ? "dark" : "light",
    reducedMotion: options.reduced ? "reduce" : "no-preference",
    hasTouch: Boolean(options.touch),
    javaScriptEnabled: options.script !== false,
  });
  const page = await context.newPage();
  page.setDefaultTimeout(60_000);
  const visit = new Visit(page, context);
  await visit.watch();
  const url = pathToFileURL(file).href + (hash && `#${hash}`);
  await page.goto(url, { waitUntil: "load" });
  return visit;
}

/** A page that is open, and what went wrong in it so far. */
export class Visit {
  problems = [];
  constructor(page, context) {
    this.page = page;
    this.context = context;
  }

  /** Notes errors, violations of the policy, and requests for anything but the page itself. */
  async watch() {
    const { page, problems } = this;
    page.on("console", (message) => {
      if (["error", "warning"].includes(message.type())) {
        problems.push(`console ${message.type()}: ${message.text()}`);
      }
    });
    page.on("pageerror", (error) => problems.push(`error in the page: ${error.stack}`));
    page.on("dialog", (dialog) => {
      problems.push(`a dialog: ${dialog.message()}`);
      dialog.dismiss();
    });
    this.context.on("weberror", (error) => problems.push(`web error: ${error.error()}`));
    let pages = 0;
    this.context.on("request", (request) => {
      const url = request.url();
      if (/^(data|blob):/.test(url)) return;
      if (url.startsWith("file:") && request.isNavigationRequest()) pages += 1;
      else problems.push(`a request: ${request.method()} ${url}`);
    });
    this.loads = () => pages;
    await page.exposeBinding("aeViolation", (_, text) => problems.push(`policy: ${text}`));
    await page.addInitScript(() => {
      document.addEventListener("securitypolicyviolation", (event) =>
        globalThis.aeViolation(`${event.violatedDirective} ${event.blockedURI} ${event.sample}`));
      // When the page has drawn its first picture, and the screen shows it.
      new MutationObserver((_, observer) => {
        if (document.documentElement?.dataset.ready !== "true") return;
        observer.disconnect();
        requestAnimationFrame(() => performance.mark("ae-ready"));
      }).observe(document, { attributes: true, subtree: true, attributeFilter: ["data-ready"] });
    });
  }

  /** Waits until a function of the page gives something true, which it returns. */
  async until(what, f, arg, seconds = 60) {
    // Not by `waitForFunction`: it compiles text in the page, which the policy forbids.
    const last = Date.now() + seconds * 1000;
    for (;;) {
      // A page that reads itself again is away for a moment.
      const value = await this.page.evaluate(f, arg).catch((error) => {
        if (!/Execution context was destroyed/.test(error.message)) throw error;
      });
      if (value) return value;
      assert(Date.now() < last, `${what}: not within ${seconds} s. ${this.problems.join("\n")}`);
      await this.page.waitForTimeout(20);
    }
  }

  /** Fails if axe-core finds anything, or the page is wider than the window. */
  async accessible(where) {
    await this.page.evaluate(axeSource);
    const found = await this.page.evaluate(async () => {
      const { violations } = await globalThis.axe.run(document, { resultTypes: ["violations"] });
      return violations.flatMap(({ id, nodes }) =>
        nodes.map((node) => `${id}: ${node.target.join(" ")}: ${node.failureSummary}`));
    });
    assert.deepEqual(found, [], `${where}: axe-core`);
    const wide = await this.page.evaluate(() => {
      const { scrollWidth, clientWidth } = document.documentElement;
      return scrollWidth - clientWidth;
    });
    assert(wide <= 0, `${where}: ${wide} px wider than the window`);
  }

  /** Ends the visit, and fails if anything went wrong in it. */
  async leave() {
    await this.context.close();
    assert.deepEqual(this.problems, []);
  }
}

/** Opens a file, lets `use` work with it, and fails if anything went wrong. */
export async function visit(file, options, use) {
  const there = await open(file, options);
  try {
    await use(there.page, there);
  } catch (error) {
    await there.context.close();
    if (there.problems.length === 0) throw error;
    const message = `${error.message}\nin the page: ${there.problems.join("\n")}`;
    throw new Error(message, { cause: error });
  }
  await there.leave();
}

/** The largest difference between two lists of numbers of the same length. */
export function apart(a, b) {
  assert.equal(a.length, b.length, "two lists of different lengths");
  assert(a.length > 0, "two empty lists");
  let most = 0;
  for (let i = 0; i < a.length; i += 1) {
    const difference = Math.abs(a[i] - b[i]);
    assert(!Number.isNaN(difference), `number ${i} is NaN`);
    most = Math.max(most, difference);
  }
  return most;
}

/**
 * Visits the page `explore.html` of a folder, once it has drawn its first picture, and fails if the
 * page says in the end that something went wrong: a worker's error is in no console.
 */
export function ready(folder, options, use) {
  return visit(made(`${folder}/explore.html`), options, async (page, there) => {
    await there.until(`${folder} is ready`, () => performance.getEntriesByName("ae-ready").length > 0);
    await use(page, there);
    const trouble = await page.locator("#trouble").evaluate((one) => (one.hidden ? "" : one.textContent));
    assert.equal(trouble, "", "what the page says above its panels");
  });
}

/**
 * The gray values of a canvas, 0 to 255, after the next two frames have been drawn. `where` is a
 * selector, whose first match counts, or an element.
 */
export async function picture(page, where) {
  const canvas = typeof where === "string" ? await page.locator(where).first().elementHandle() : where;
  return canvas.evaluate(async (one) => {
    for (let i = 0; i < 2; i += 1) await new Promise(requestAnimationFrame);
    // Of a copy, so that reading leaves the page's own canvas as it is.
    const copy = new OffscreenCanvas(one.width, one.height);
    const context = copy.getContext("2d", { willReadFrequently: true });
    context.drawImage(one, 0, 0);
    const { data } = context.getImageData(0, 0, one.width, one.height);
    return Array.from({ length: data.length / 4 }, (_, i) => data[4 * i]);
  });
}
