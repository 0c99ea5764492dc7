// The page is complete without this script. It adds numbers to the curves, buttons that copy, and
// the reading of a page that is still being written.

/** Shows the numbers of one place of a chart: by the pointer, a finger, or the keys of a slider. */
function walk(figure) {
  const rows = [...figure.querySelectorAll("tbody tr")];
  const names = [...figure.querySelectorAll("thead th")].map((cell) => cell.textContent);
  const [svg, line] = [figure.querySelector(".curves"), figure.querySelector(".pointer")];
  const slider = figure.querySelector("input");
  if (rows.length === 0) return;

  function show() {
    const row = rows[Number(slider.value)];
    const cells = [...row.children].map((cell, k) => `${names[k]} ${cell.textContent}`);
    const text = cells.join(", ");
    figure.querySelector("output").textContent = text;
    slider.setAttribute("aria-valuetext", text);
    line.setAttribute("x1", row.dataset.x);
    line.setAttribute("x2", row.dataset.x);
    line.setAttribute("visibility", "visible");
  }

  svg.addEventListener("pointermove", (event) => {
    const box = svg.getBoundingClientRect();
    const x = ((event.clientX - box.left) / box.width) * svg.viewBox.baseVal.width;
    const distance = (k) => Math.abs(Number(rows[k].dataset.x) - x);
    let nearest = 0;
    for (const k of rows.keys()) if (distance(k) < distance(nearest)) nearest = k;
    slider.value = String(nearest);
    show();
  });
  slider.addEventListener("input", show);
  figure.querySelector(".walk").hidden = false;
  show();
}

/** Puts a command into the clipboard or, where the browser has none for this page, selects it. */
async function copy(code) {
  try {
    await navigator.clipboard.writeText(code.textContent);
    return "Copied.";
  } catch {
    getSelection().selectAllChildren(code);
    return "Selected: copy it with the keyboard.";
  }
}

/** Reads a page in progress again, unless the reader has asked it not to. */
function follow(running) {
  const box = running.querySelector("input");
  const { written, next } = running.dataset;
  const age = () => Date.now() / 1000 - Number(written);
  // A first epoch, or a sweep after the last, may take minutes.
  const late = Math.max(600, 10 * Number(next));
  // A new page would close what the reader has opened, and move what is being read.
  const reads = () => document.querySelector("details[open], figure :focus") !== null;
  // In the address, the choice outlives the reading.
  box.checked = location.hash !== "#still";
  box.closest("p").hidden = false;
  box.addEventListener("change", () => {
    history.replaceState(null, "", box.checked ? "#" : "#still");
  });

  setInterval(() => {
    const stale = running.querySelector("#stale");
    if (age() > late) {
      const [place, text] = [stale.querySelector("span"), `${Math.round(age() / 60)} minutes`];
      // A screen reader says each text that is written, so a text is written once.
      if (place.textContent !== text) place.textContent = text;
      stale.hidden = false;
      running.classList.add("stale");
    }
  }, 1000);
  // A page that is late is read less often.
  const wait = age() > late ? 30 : Math.min(30, Math.max(2, Number(next)));
  setInterval(() => {
    if (box.checked && !reads() && document.visibilityState === "visible") location.reload();
  }, 1000 * wait);
}

for (const figure of document.querySelectorAll("figure.chart")) walk(figure);
for (const button of document.querySelectorAll(".commands button")) {
  button.hidden = false;
  button.addEventListener("click", async () => {
    const said = await copy(button.closest("li").querySelector("code"));
    document.querySelector("#copied").textContent = said;
  });
}
const running = document.querySelector("#running");
if (running) follow(running);
addEventListener("beforeprint", () => {
  for (const details of document.querySelectorAll("details")) details.open = true;
});
