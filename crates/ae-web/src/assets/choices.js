// A row of pictures of which one is chosen.

/**
 * Pictures as radio buttons: one of them is in the order of the Tab key, and the arrow keys choose.
 * `text` is the key of the group's name, `name(i)` the key and values of a picture's name.
 * `canvases` are for drawing; `set(i)` chooses without a call of `change`.
 */
function choices({ text, count, name, value, change }) {
  const canvases = Array.from({ length: count }, () => make("canvas", { class: "picture" }));
  const set = (chosen, focus = false) => {
    buttons.forEach((button, i) => {
      button.setAttribute("aria-checked", String(i === chosen));
      button.tabIndex = i === chosen ? 0 : -1;
    });
    if (focus) buttons[chosen].focus();
  };
  const buttons = canvases.map((canvas, i) => make("button", {
    class: "choice",
    role: "radio",
    aria: { label: name(i) },
    on: {
      click: () => {
        set(i);
        change(i);
      },
    },
  }, canvas));
  const element = make("div", {
    class: "choices",
    role: "radiogroup",
    aria: { label: text },
    on: {
      keydown: (event) => {
        const at = buttons.indexOf(document.activeElement);
        const by = { ArrowLeft: -1, ArrowUp: -1, ArrowRight: 1, ArrowDown: 1 }[event.key];
        if (by === undefined || at < 0) return;
        event.preventDefault();
        const to = (at + by + count) % count;
        set(to, true);
        change(to);
      },
    },
  }, buttons);
  set(value);
  return { element, canvases, set };
}
