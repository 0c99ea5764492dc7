// What every panel stands on: texts in two languages, elements, the registry of panels, and the
// state in the address.
//
// All scripts of the page are joined into one, so names at the top of a file are known to the
// files after it.

/** The texts: language -> key -> text. */
const texts = { en: {}, fr: {} };

/** The language of the page. */
let language = "en";

/** Adds texts: { en: { key: text }, fr: { key: text } }. "{0}", "{1}" are places for values. */
function words(more) {
  for (const [tongue, table] of Object.entries(more)) {
    for (const [key, text] of Object.entries(table)) {
      const before = texts[tongue][key] ?? text;
      if (before !== text) console.error(`expected one text for "${key}", found "${before}" too`);
      texts[tongue][key] = text;
    }
  }
}

/** The text of a key in the page's language. Numbers are written as the language writes them. */
function say(key, ...values) {
  const text = texts[language][key] ?? texts.en[key];
  if (text === undefined) console.error(`expected the key of a text, found "${key}"`);
  return (text ?? String(key)).replace(/\{(\d)\}/g, (place, i) => {
    const value = values[i] ?? place;
    return typeof value === "number" ? number(value) : String(value);
  });
}

/** A number as the page's language writes it, with at most, or exactly, so many decimals. */
function number(value, most = 3, least = 0) {
  const options = { minimumFractionDigits: least, maximumFractionDigits: most };
  return value.toLocaleString(language, options);
}

/** The elements that follow a change of language, and the texts of each. */
const translated = new Set();
const textsOf = new WeakMap();
let pruneAt = 512;

/** Remembers that `write` sets a text of `element`, and sets it. */
function follow(element, name, write) {
  let writers = textsOf.get(element);
  if (!writers) {
    textsOf.set(element, (writers = new Map()));
    translated.add(new WeakRef(element));
    if (translated.size > pruneAt) prune();
  }
  writers.set(name, write);
  write();
}

/** Forgets the elements that the page has dropped. */
function prune() {
  for (const reference of translated) if (!reference.deref()) translated.delete(reference);
  pruneAt = Math.max(512, 2 * translated.size);
}

/** Sets the text of an element, which then follows the language. */
function tell(element, key, ...values) {
  follow(element, "text", () => {
    const text = say(key, ...values);
    if (element.textContent !== text) element.textContent = text;
  });
}

/** Sets an attribute that is read as text, such as `aria-label`; it then follows the language. */
function label(element, name, key, ...values) {
  follow(element, name, () => element.setAttribute(name, say(key, ...values)));
}

/** Writes all texts again, in this language. */
function translate(to) {
  language = to;
  document.documentElement.lang = to;
  prune();
  for (const reference of translated) {
    const element = reference.deref();
    if (element) for (const write of textsOf.get(element).values()) write();
  }
}

/** The attributes whose value is the key of a text, or [key, ...values]. */
const SPOKEN = new Set(["title", "alt", "placeholder", "aria-label", "aria-description",
  "aria-roledescription", "aria-valuetext"]);

/**
 * An element. `text` is the key of its text, or [key, ...values]; `on` are its listeners; `aria`
 * its ARIA attributes, of which those that are read are keys of texts as well. Other names are
 * attributes. Children are elements or plain text; null is left out.
 */
function make(tag, { text, on = {}, aria = {}, class: classes, ...others } = {}, ...children) {
  const element = document.createElement(tag);
  if (classes) element.className = classes;
  if (tag === "button" && !("type" in others)) element.type = "button";
  const attributes = Object.entries(others);
  for (const [name, value] of Object.entries(aria)) attributes.push([`aria-${name}`, value]);
  for (const [name, value] of attributes) {
    if (SPOKEN.has(name)) label(element, name, ...[value].flat());
    else if (name.startsWith("aria-")) element.setAttribute(name, String(value));
    else if (value === true) element.setAttribute(name, "");
    else if (value !== false && value != null) element.setAttribute(name, String(value));
  }
  for (const [event, listener] of Object.entries(on)) element.addEventListener(event, listener);
  if (text) tell(element, ...[text].flat());
  element.append(...children.flat().filter((child) => child !== null && child !== undefined));
  return element;
}

/**
 * A slider with its name and its value beside it. `show` writes the value, `change` is called while
 * it moves. `set` moves it from a program; a value beyond its ends is shown as it is.
 */
function slider({ text, min, max, step, value, show = (x) => number(x), change, extra = null }) {
  // A label belongs to the first control in it: an <output> would take the name from the slider.
  const output = make("span", { class: "value" });
  const input = make("input", { type: "range", min, max, step, aria: { label: text } });
  const element = make("label", { class: "slider" },
    make("span", { text }), extra, output, input);
  const write = (x) => {
    input.value = x;
    follow(output, "text", () => {
      output.textContent = show(x);
      input.setAttribute("aria-valuetext", output.textContent);
    });
  };
  input.addEventListener("input", () => {
    write(Number(input.value));
    change(Number(input.value));
  });
  write(value);
  return { element, input, set: write };
}

/** The panels, in the order of the tabs. */
const panels = [];

/**
 * Adds a panel: { id, title: { en, fr }, start(section, app) -> { show(), hide(), restore() } }.
 *
 * `start` fills the section when the panel is first opened. `show` is called each time the panel
 * is opened, and again when the language or the theme has changed while it is open: it draws.
 * `hide` ends what runs. `restore` is called when the address has been changed by a link or by
 * `state.go`: it reads its keys again. Each of the three may be left out. A panel that is filled
 * again for another model is started again, except with `keeps: true`.
 */
function panel(definition) {
  words({
    en: { [`panel-${definition.id}`]: definition.title.en },
    fr: { [`panel-${definition.id}`]: definition.title.fr },
  });
  panels.push(definition);
}

/**
 * The state of the page, in the fragment of its address: `#panel=latent&z=1,-0.5`. So a link, a
 * bookmark and a reload give the same view.
 */
class State {
  constructor() {
    this.values = new URLSearchParams(location.hash.slice(1));
    /** Called when the state has been changed by something else than a panel. */
    this.changed = () => {};
    addEventListener("hashchange", () => {
      const before = this.values;
      this.values = new URLSearchParams(location.hash.slice(1));
      // A link to a view says nothing about the reader's language and theme: they stay.
      for (const key of ["lang", "theme"]) {
        if (!this.values.has(key) && before.has(key)) this.set(key, before.get(key));
      }
      this.changed();
    });
  }

  /** The value of a key: a string, or null. */
  get(key) {
    return this.values.get(key);
  }

  /** The value of a key as a number in [low, high], or `otherwise` if it is not one. */
  number(key, low, high, otherwise) {
    const text = this.values.get(key);
    const value = text === null || text.trim() === "" ? NaN : Number(text);
    return value >= low && value <= high ? value : otherwise;
  }

  /** The same for a whole number. */
  whole(key, low, high, otherwise) {
    const value = this.number(key, low, high, otherwise);
    return Number.isInteger(value) ? value : otherwise;
  }

  /** Sets a key; null removes it. */
  set(key, value) {
    this.put(key, value);
    this.write();
  }

  /** Goes to a state that differs in these keys, and lets the panels read it. */
  go(keys) {
    for (const [key, value] of Object.entries(keys)) this.put(key, value);
    this.write();
    this.changed();
  }

  put(key, value) {
    if (value === null || value === undefined) this.values.delete(key);
    else this.values.set(key, String(value));
  }

  /**
   * Writes the fragment, at most some times a second: browsers refuse to write it hundreds of
   * times in a few seconds, which a slider would do.
   */
  write() {
    this.writing ??= setTimeout(() => {
      this.writing = undefined;
      const text = this.values.toString().replaceAll("%2C", ",");
      history.replaceState(null, "", text ? `#${text}` : location.pathname + location.search);
    }, 150);
  }
}

/** A link to a panel. The rest of the state stays, which the bare address would drop. */
function panelLink(app, id, text) {
  const click = (event) => {
    // In another tab or window, the address is all there is.
    if (event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    app.state.go({ panel: id });
  };
  return make("a", { href: `#panel=${id}`, text, on: { click } });
}

/** Calls `draw` at most once in a frame of the screen, however often it is asked. */
function perFrame(draw) {
  let asked = false;
  return () => {
    if (asked) return;
    asked = true;
    requestAnimationFrame(() => {
      asked = false;
      draw();
    });
  };
}

/** The value of a color of the style sheet, for a canvas. */
function color(name) {
  return getComputedStyle(document.documentElement).getPropertyValue(name).trim();
}
