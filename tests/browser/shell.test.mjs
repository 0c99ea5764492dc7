// Every panel of every page, in both languages and themes, on a desk and on a phone, by keyboard,
// without motion and without scripts.
import assert from "node:assert/strict";
import { after, test } from "node:test";
import { readFileSync } from "node:fs";
import { apart, end, made, picture, ready, visit } from "./harness.mjs";
import { strange } from "./strange.mjs";

after(end);

const desk = { width: 1200, height: 800, lang: "en-US" };
const phone = { width: 320, height: 640, lang: "fr-FR", dark: true, touch: true };
const others = [
  { ...desk, dark: true, lang: "fr-CA" },
  { ...phone, dark: false, lang: "de-DE", reduced: true },
];

// All pages have the same style and the same scripts: what differs is what they hold.
const pages = {
  dense: [desk, phone, ...others],
  denoise: [desk, phone],
  plain: [phone],
  vae: [desk],
  strange: [phone],
  color: [desk],
};

/** The names of the tabs, from left to right. */
const tabs = (page) => page.getByRole("tab").allTextContents();

for (const [name, settings] of Object.entries(pages)) {
  for (const setting of settings) {
    const { width, lang, dark } = setting;
    const how = `${width} px, ${lang}, ${dark ? "dark" : "light"}`;
    test(`${name}: every panel opens and is accessible: ${how}`, async () => {
      await ready(`${name}-page`, setting, async (page, seen) => {
        const french = lang.startsWith("fr");
        assert.equal(await page.locator("html").getAttribute("lang"), french ? "fr" : "en");
        const titles = await tabs(page);
        assert(titles.length === 6, `tabs: ${titles}`);
        for (const [at, title] of titles.entries()) {
          const tab = page.getByRole("tab").nth(at);
          await (setting.touch ? tab.tap() : tab.click());
          await seen.until(title, (n) => {
            const shown = document.querySelectorAll("[role=tab]")[n];
            return shown.getAttribute("aria-selected") === "true";
          }, at);
          // One panel is visible, and it has something to say.
          const panel = page.getByRole("tabpanel");
          assert.equal(await panel.count(), 1, `${title}: panels that are visible`);
          await seen.until(`${title}: a text`, () => [...document.querySelectorAll("[role=tabpanel]")]
            .some((one) => one.innerText.trim().length > 40));
          await page.waitForTimeout(150);
          await seen.accessible(`${name}, ${title}`);
        }
      });
    });
  }
}

/** What is focused when Tab is pressed until the page has been gone round. */
async function walk(page) {
  const steps = [];
  // Once in between the focus leaves the page, for the browser's own controls.
  for (let outside = 0; outside < 2;) {
    await page.keyboard.press("Tab");
    const step = await page.evaluate(() => {
      const on = document.activeElement;
      if (!on || on === document.body) return "outside";
      if (globalThis.aeSeen.has(on)) return "round";
      globalThis.aeSeen.add(on);
      const { outlineStyle, outlineWidth, boxShadow } = getComputedStyle(on);
      const ring = (outlineStyle !== "none" && outlineWidth !== "0px") || boxShadow !== "none";
      return { what: on.outerHTML.slice(0, 120), ring };
    });
    if (step === "round") break;
    if (step === "outside") outside += 1;
    else steps.push(step);
    assert(steps.length < 400, "the focus does not come round");
  }
  return steps;
}

/** The controls that are visible, can be used, and were not reached: for radio buttons, the group. */
const notReached = () => {
  const groups = new Set([...globalThis.aeSeen].filter((one) => one.type === "radio").map((one) => one.name));
  return [...document.querySelectorAll("button, input, select, textarea, summary, a[href], [tabindex]")]
    .filter((one) => one.checkVisibility({ visibilityProperty: true }) && !one.disabled)
    .filter((one) => one.getAttribute("tabindex") !== "-1")
    .filter((one) => !(one.type === "radio" && groups.has(one.name)))
    .filter((one) => !globalThis.aeSeen.has(one))
    .map((one) => one.outerHTML.slice(0, 120));
};

for (const name of ["dense", "denoise"]) {
  test(`${name}: the keyboard reaches every control, and the eye sees where it is`, async () => {
    await ready(`${name}-page`, desk, async (page, seen) => {
      const titles = await tabs(page);
      // Arrows choose a tab, as in every tablist.
      for (const [at, title] of titles.entries()) {
        await page.evaluate(() => { globalThis.aeSeen = new Set(); });
        await page.locator("[role=tab][tabindex='0'], [role=tab]:not([tabindex])").first().focus();
        if (at > 0) await page.keyboard.press("ArrowRight");
        const selected = (n) => {
          const tab = document.querySelectorAll("[role=tab]")[n];
          if (tab.getAttribute("aria-selected") === "true") return true;
          return false;
        };
        await seen.until(`${title} by an arrow`, selected, at);
        await page.waitForTimeout(100);
        const steps = await walk(page);
        assert(steps.length > 3, `${title}: ${steps.length} controls`);
        const without = steps.filter(({ ring }) => !ring).map(({ what }) => what);
        assert.deepEqual(without, [], `${title}: controls without a ring when focused`);
        assert.deepEqual(await page.evaluate(notReached), [], `${title}: controls not reached`);
      }
    });
  });
}

/** All that the open panel and the page around it say and show. */
const shownNow = () => {
  const all = [...document.querySelectorAll("body *:not(#live, script)")]
    .filter((one) => !one.closest(".panel[hidden]"));
  const spoken = ["aria-label", "aria-valuetext", "title", "lang"];
  // The first of the places where two pages differ is enough, and pictures are long.
  const digest = (text) => Array.from(text).reduce((sum, letter) => (31 * sum + letter.charCodeAt(0)) | 0, 7);
  return all.map((one) => [
    one.tagName,
    ...spoken.map((name) => one.getAttribute(name)),
    one.childElementCount === 0 ? one.textContent : "",
    one.tagName === "CANVAS" ? digest(one.toDataURL()) : "",
    getComputedStyle(one).color,
  ].join("|"));
};

for (const name of ["dense", "denoise"]) {
  test(`${name}: the switches change every word and every color`, async () => {
    const asked = { ...desk, lang: "fr-FR", dark: true, reduced: true };
    await ready(`${name}-page`, asked, async (french) => {
      await ready(`${name}-page`, { ...desk, reduced: true }, async (page) => {
        const count = (await tabs(page)).length;
        // Every panel is there before the switches are pressed.
        for (let at = 0; at < count; at += 1) await page.getByRole("tab").nth(at).click();
        await page.locator("#language").click();
        await page.locator("#theme").click();
        await page.mouse.move(2, 2);
        for (let at = 0; at < count; at += 1) {
          await page.getByRole("tab").nth(at).click();
          await french.getByRole("tab").nth(at).click();
          let found, expected;
          // Until both have computed what they show.
          for (let turn = 0; turn < 300; turn += 1) {
            [found, expected] = [await page.evaluate(shownNow), await french.evaluate(shownNow)];
            if (found.join() === expected.join()) break;
            await page.waitForTimeout(200);
          }
          const differ = expected.filter((one, i) => one !== found[i]);
          assert.equal(found.length, expected.length);
          assert.deepEqual(found.filter((one, i) => one !== expected[i]).slice(0, 5), differ.slice(0, 5));
        }
      });
    });
  });
}

test("the overview shows reconstructions, and its links open the panels", async () => {
  await ready("dense-page", desk, async (page, seen) => {
    const rows = page.locator("#panel-overview .gallery .column").nth(1).locator("canvas");
    const own = await page.evaluate(() => {
      const image = globalThis.app.bundle.test.images(1);
      return [image, globalThis.app.model.predict(image)].map((one) => Array.from(one, (value) => 255 * value));
    });
    for (const row of [0, 1]) {
      assert(apart(await picture(page, await rows.nth(row).elementHandle()), own[row]) <= 1, `row ${row}`);
    }
    for (const id of ["latent", "draw", "train", "inspect", "lessons"]) {
      const name = await page.locator(`#tab-${id}`).textContent();
      await page.locator("#panel-overview").getByRole("link", { name, exact: true }).click();
      await seen.until(`${id} by a link`, (one) => !document.getElementById(`panel-${one}`).hidden, id);
      await page.locator("#tab-overview").click();
    }
  });
});

test("targets are large enough for a finger", async () => {
  await ready("dense-page", phone, async (page) => {
    for (let at = 0; at < (await tabs(page)).length; at += 1) {
      await page.getByRole("tab").nth(at).tap();
      await page.waitForTimeout(150);
      const small = await page.evaluate(() => [...document.querySelectorAll("button, input, select, summary")]
        .filter((one) => one.checkVisibility({ visibilityProperty: true }))
        .map((one) => [one, (one.closest("label") ?? one).getBoundingClientRect()])
        // WCAG 2.2, 2.5.8: 24 CSS pixels.
        .filter(([, { width, height }]) => Math.min(width, height) < 24)
        .map(([one, { width, height }]) => `${one.outerHTML.slice(0, 90)}: ${width} x ${height}`));
      assert.deepEqual(small, []);
    }
  });
});

test("names that would be markup are text", async () => {
  const html = readFileSync(made("strange-page/explore.html"), "utf8");
  for (const name of [strange.data, strange.run, ...strange.classes.slice(0, 2)]) {
    assert(!html.includes(name), `${name} is in the page as it is`);
  }
  await ready("strange-page", desk, async (page) => {
    for (let at = 0; at < (await tabs(page)).length; at += 1) {
      await page.getByRole("tab").nth(at).click();
      await page.waitForTimeout(150);
    }
    const names = await page.evaluate(() => globalThis.app.bundle.classNames);
    assert.deepEqual([...names].sort(), [...strange.classes].sort());
    const made = await page.evaluate(() =>
      [...document.querySelectorAll("#markup, img[src='x'], script:not([type])")].length);
    assert.equal(made, 0, "elements that a name has made");
    const text = await page.evaluate(() => document.body.innerText + document.body.textContent);
    assert(strange.classes.some((name) => text.includes(name)), "a class's name is shown");
  });
});

test("without scripts there is something to read", async () => {
  const file = made("dense-page/explore.html");
  for (const setting of [desk, phone]) {
    await visit(file, { ...setting, script: false }, async (page) => {
      const text = await page.locator("body").innerText();
      assert(text.length > 400, `only ${text.length} characters: ${text}`);
      assert.match(text, /JavaScript/);
      const [seen, wide] = await page.locator("html").evaluate((one) => [one.clientWidth, one.scrollWidth]);
      assert(wide <= seen, `${wide} px in ${seen}`);
    });
  }
});

test("who asks for less motion gets none", async () => {
  for (const reduced of [true, false]) {
    await ready("dense-page", { ...desk, hash: "panel=lessons", reduced }, async (page) => {
      // Asked of the styles and not of what moves: a short movement is over before one looks.
      const moving = await page.evaluate(() => [...document.querySelectorAll("*")].filter((one) => {
        const { transitionDuration, animationName, scrollBehavior } = getComputedStyle(one);
        return Number.parseFloat(transitionDuration) > 0 || animationName !== "none"
          || scrollBehavior === "smooth";
      }).map((one) => one.outerHTML.slice(0, 90)));
      const scrolls = await page.evaluate(() => {
        const asked = [];
        Element.prototype.scrollIntoView = (options) => asked.push(options.behavior);
        document.querySelector("#panel-lessons nav li:last-child button").click();
        return asked;
      });
      // Without the wish there is movement: so this test would find it.
      assert.deepEqual([moving.length > 0, scrolls], [!reduced, [reduced ? "auto" : "smooth"]], moving.join("\n"));
    });
  }
});
