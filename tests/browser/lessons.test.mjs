// The lessons: each of their buttons leads to a panel that shows what the lesson speaks of.
import assert from "node:assert/strict";
import { after, test } from "node:test";
import { end, ready } from "./harness.mjs";

after(end);

const there = { hash: "panel=lessons" };
const article = "#panel-lessons article";

/** The lessons that lead somewhere, by their numbers from 1, on each page, and its languages. */
const ACTIVE = {
  "dense-page": [[1, 2, 3, 4, 5, 6, 7, 8], ["en-US", "fr-FR"]],
  "denoise-page": [[1, 3, 4, 9], ["fr-FR"]],
  "plain-page": [[1, 4], ["en-US"]],
};

for (const [name, [expected, languages]] of Object.entries(ACTIVE)) {
  for (const lang of languages) {
    test(`${name}: the buttons of the lessons, ${lang}`, async () => {
      await ready(name, { ...there, lang }, async (page, seen) => {
        const items = page.locator("#panel-lessons nav button");
        const active = [];
        assert.equal(await items.count(), 10);
        for (let i = 0; i < 10; i += 1) {
          await items.nth(i).click();
          assert.equal(await page.locator(`${article} h2`).textContent(), await items.nth(i).textContent());
          assert((await page.locator(`${article} > p`).count()) >= 3, "a text and a question");
          const buttons = page.locator(`${article} > .buttons:not(.after) button`);
          const count = await buttons.count();
          if (count > 0) active.push(i + 1);
          for (let k = 0; k < count; k += 1) {
            await buttons.nth(k).click();
            const open = page.locator("main > section:not([hidden]).panel");
            assert.notEqual(await open.getAttribute("id"), "panel-lessons");
            assert.equal(await open.locator(".absent").count(), 0, `lesson ${i + 1}, button ${k + 1}`);
            // Back at the same lesson.
            await page.locator("#tab-lessons").click();
            assert.equal(await page.locator("#panel-lessons nav [aria-current]").textContent(),
              await items.nth(i).textContent());
          }
          if (count > 0) continue;
          // What cannot be shown here says how it can be.
          const absent = page.locator(`${article} .absent`);
          const commands = await absent.locator("code").allTextContents();
          const train = absent.locator("button");
          assert(commands.length > 0 || (await train.count()) === 1, `lesson ${i + 1}`);
          assert(commands.every((line) => line.startsWith("cargo run -p ae-app -- ")), commands.join());
        }
        assert.deepEqual(active, expected);
        await seen.accessible(`the lessons of ${name}`);
      });
    });
  }
}

test("a question is asked before it is answered, and a link leads to a lesson", async () => {
  await ready("dense-page", { hash: "panel=lessons&lesson=3" }, async (page) => {
    assert.match(await page.locator(`${article} h2`).textContent(), /loss/);
    const answer = page.locator(`${article} details p`);
    assert(!(await answer.isVisible()));
    await page.locator(`${article} summary`).press("Enter");
    assert(await answer.isVisible());
    await page.getByRole("button", { name: "Next lesson" }).click();
    assert.match(await page.locator(`${article} h2`).textContent(), /Training/);
    assert(!(await answer.isVisible()), "the next answer is hidden");
  });
});
