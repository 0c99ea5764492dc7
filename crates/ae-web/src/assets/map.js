// The map of the codes: the first two principal components, a mark for each training image.

words({
  en: {
    mapLabel: "Map of {0} training codes by their first two principal components. The cross is the code that is shown, at {1} and {2} standard deviations.",
    mapFirst: "component 1 ({0} %)",
    mapSecond: "component 2 ({0} %)",
    mapAt: "{0}, {1}",
  },
  fr: {
    mapLabel: "Carte de {0} codes d'entraînement selon leurs deux premières composantes principales. La croix est le code affiché, à {1} et {2} écarts types.",
    mapFirst: "composante 1 ({0} %)",
    mapSecond: "composante 2 ({0} %)",
    mapAt: "{0} ; {1}",
  },
});

/** The colors of the classes; with more classes than colors they begin again. */
const CLASS_COLORS = 10;

/** The marks of the classes: not by color alone. A mark of about 5 pixels at (x, y). */
const MARKS = [
  (c, x, y) => c.arc(x, y, 2.6, 0, 2 * Math.PI),
  (c, x, y) => c.rect(x - 2.3, y - 2.3, 4.6, 4.6),
  (c, x, y) => {
    c.moveTo(x, y - 3.2);
    c.lineTo(x + 3.1, y + 2.4);
    c.lineTo(x - 3.1, y + 2.4);
    c.closePath();
  },
];

/** The color of a class in the page's theme. */
function classColor(label) {
  return color(`--class-${label % CLASS_COLORS}`);
}

/**
 * A map of a space. Without `walk` it only shows; `hover(point | null)` and `walk(point)` get
 * [x, y] in standard deviations.
 */
class CodeMap {
  constructor(app, space, { hover = () => {}, walk = null } = {}) {
    this.app = app;
    this.space = space;
    this.at = [0, 0];
    this.dots = document.createElement("canvas");
    this.canvas = make("canvas", { class: walk ? "map walks" : "map", role: "img" });
    // The axes hold all but the outermost codes: the larger of 3.2 and the 99.5 % quantile.
    const size = (k) => {
      const all = Array.from({ length: space.count }, (_, i) =>
        Math.abs(space.points[i * space.length + k])).sort((a, b) => a - b);
      return Math.max(3.2, 1.05 * (all[Math.floor(0.995 * (all.length - 1))] ?? 0));
    };
    this.extent = Math.max(size(0), space.length > 1 ? size(1) : 0);
    if (walk) this.listen(hover, walk);
    this.legend = make("ul", { class: "legend" });
    this.element = make("div", {}, this.canvas, this.legend);
    new ResizeObserver(() => this.draw()).observe(this.canvas);
  }

  listen(hover, walk) {
    const { canvas } = this;
    canvas.tabIndex = 0;
    const limit = (x) => Math.max(-this.extent, Math.min(x, this.extent));
    const pointOf = (event) => {
      const box = canvas.getBoundingClientRect();
      const x = (2 * (event.clientX - box.left)) / box.width - 1;
      const y = 1 - (2 * (event.clientY - box.top)) / box.height;
      return [limit(x * this.extent), limit(y * this.extent)];
    };
    canvas.addEventListener("pointerdown", (event) => {
      if (event.button !== 0) return;
      canvas.setPointerCapture(event.pointerId);
      walk(pointOf(event));
    });
    canvas.addEventListener("pointermove", (event) => {
      if (canvas.hasPointerCapture(event.pointerId)) walk(pointOf(event));
      else hover(pointOf(event));
    });
    canvas.addEventListener("pointerleave", () => hover(null));
    canvas.addEventListener("keydown", (event) => {
      const step = event.shiftKey ? 0.5 : 0.1;
      const way = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, 1], ArrowDown: [0, -1] };
      if (!way[event.key]) return;
      event.preventDefault();
      // A code that was drawn at random may lie outside the map: the first step comes back.
      // At once, and not when the cross is drawn: two keys may be pressed within a frame.
      this.at = this.at.map((x, k) => limit(Math.round((x + step * way[event.key][k]) * 10) / 10));
      walk(this.at);
      this.app.announce(say("mapAt", number(this.at[0], 1), number(this.at[1], 1)));
    });
  }

  /** Moves the cross to a point z. */
  set(z) {
    this.at = [z[0], z[1] ?? 0];
    const [x, y] = this.at;
    label(this.canvas, "aria-label", "mapLabel", this.space.count, number(x, 1), number(y, 1));
    this.draw();
  }

  /** Draws the marks again, in the colors of the theme and the words of the language. */
  redraw() {
    this.dots.width = 0;
    const { labels } = this.space;
    const names = this.app.bundle.classNames ?? [];
    const present = [...new Set(labels)].sort((a, b) => a - b);
    this.legend.replaceChildren(...present.map((one) => {
      const mark = make("canvas", { class: "mark", width: 20, height: 20, aria: { hidden: true } });
      const context = mark.getContext("2d");
      context.scale(2, 2);
      context.fillStyle = classColor(one);
      context.beginPath();
      MARKS[one % MARKS.length](context, 5, 5);
      context.fill();
      return make("li", {}, mark, names[one] ?? String(one));
    }));
    this.draw();
  }

  /** Draws the marks on a canvas of their own: they stay while the cross moves. */
  drawDots(width, height) {
    const { space, dots, canvas } = this;
    dots.width = canvas.width;
    dots.height = canvas.height;
    const context = dots.getContext("2d");
    context.scale(canvas.width / width, canvas.height / height);
    const line = color("--line");
    const soft = color("--soft");
    context.font = `12px ${getComputedStyle(canvas).fontFamily}`;
    context.strokeStyle = line;
    context.fillStyle = soft;
    for (let at = -Math.floor(this.extent); at <= this.extent; at++) {
      const [x, y] = this.place([at, at], width, height);
      context.lineWidth = at === 0 ? 1.5 : 0.5;
      context.beginPath();
      context.moveTo(x, 0);
      context.lineTo(x, height);
      context.moveTo(0, y);
      context.lineTo(width, y);
      context.stroke();
    }
    context.globalAlpha = space.count > 800 ? 0.55 : 0.8;
    for (let i = 0; i < space.count; i++) {
      const [first, second = 0] = space.points.subarray(i * space.length, (i + 1) * space.length);
      const [x, y] = this.place([first, second], width, height);
      context.fillStyle = this.palette[space.labels[i] % CLASS_COLORS];
      context.beginPath();
      MARKS[space.labels[i] % MARKS.length](context, x, y);
      context.fill();
    }
    context.globalAlpha = 1;
    const { explained } = space.pca;
    const share = (k) => number(100 * (explained[k] ?? 0), 0);
    context.fillStyle = color("--ink");
    // A thin frame in the paper's color keeps the words readable over the marks.
    context.strokeStyle = color("--card");
    context.lineWidth = 4;
    context.lineJoin = "round";
    const write = (text, x, y, align) => {
      context.textAlign = align;
      context.strokeText(text, x, y);
      context.fillText(text, x, y);
    };
    write(`${say("mapFirst", share(0))} →`, width - 6, height - 8, "right");
    if (space.length > 1) write(`↑ ${say("mapSecond", share(1))}`, 6, 16, "left");
  }

  /** The place of a point in CSS pixels. */
  place([x, y], width, height) {
    return [(width * (1 + x / this.extent)) / 2, (height * (1 - y / this.extent)) / 2];
  }

  draw() {
    const fitted = fitCanvas(this.canvas);
    if (!fitted) return;
    const { context, width, height } = fitted;
    if (this.dots.width !== this.canvas.width || this.dots.height !== this.canvas.height) {
      this.palette = Array.from({ length: CLASS_COLORS }, (_, i) => classColor(i));
      this.drawDots(width, height);
    }
    context.drawImage(this.dots, 0, 0, width, height);
    const edge = (v, most) => Math.max(9, Math.min(v, most - 9));
    const [x, y] = this.place(this.at, width, height);
    const [inX, inY] = [edge(x, width), edge(y, height)];
    const cross = (stroke, thick) => {
      context.strokeStyle = stroke;
      context.lineWidth = thick;
      context.beginPath();
      context.arc(inX, inY, 7, 0, 2 * Math.PI);
      context.moveTo(inX - 12, inY);
      context.lineTo(inX + 12, inY);
      context.moveTo(inX, inY - 12);
      context.lineTo(inX, inY + 12);
      context.stroke();
    };
    cross(color("--card"), 5);
    cross(color("--ink"), 2);
  }
}
