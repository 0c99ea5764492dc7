// The curve of the losses: a canvas that a mouse, a finger and the arrow keys read, and a table
// with the same numbers for those who do not see it.

words({
  en: {
    curveLabel: "Losses by epoch. Arrow keys read the numbers.",
    curveEmpty: "The curve begins with the first epoch.",
    curveEpoch: "epoch",
    curveLoss: "training",
    curveVal: "test images",
    curveBefore: "before",
    curveRead: "Epoch {0}: training {1}, test images {2}",
    curveTable: "The losses as a table",
    curveAxis: "loss",
  },
  fr: {
    curveLabel: "Pertes par époque. Les flèches du clavier lisent les nombres.",
    curveEmpty: "La courbe commence à la première époque.",
    curveEpoch: "époque",
    curveLoss: "entraînement",
    curveVal: "images de test",
    curveBefore: "avant",
    curveRead: "Époque {0} : entraînement {1}, images de test {2}",
    curveTable: "Les pertes en tableau",
    curveAxis: "perte",
  },
});

/** Round numbers that divide [low, high] into about `count` parts: 1, 2 or 5 times 10^k apart. */
function roundTicks(low, high, count) {
  const raw = (high - low) / count;
  if (!(raw > 0)) return [low];
  const ten = 10 ** Math.floor(Math.log10(raw));
  const step = [1, 2, 5, 10].map((m) => m * ten).find((s) => s >= raw);
  const ticks = [];
  for (let k = Math.ceil(low / step); k * step <= high + step * 1e-6; k++) ticks.push(k * step);
  return ticks;
}

/** A number as the axis shows it, without the noise of binary fractions. */
function tickText(value) {
  return number(Number(value.toPrecision(6)), 6);
}

/**
 * A chart of losses. `set(rows, now)` shows rows {epoch, loss, val_loss}, and `now` {epoch, loss},
 * the running mean of an epoch that has not ended. `elements` go into the page.
 */
class LossCurve {
  constructor(app) {
    this.app = app;
    this.rows = [];
    this.now = null;
    /** The rows of the training before this one, to compare with. */
    this.before = [];
    this.at = null;
    this.canvas = make("canvas", {
      class: "curve",
      tabindex: "0",
      role: "img",
      aria: { label: "curveLabel" },
      on: {
        pointermove: (event) => this.point(event),
        pointerdown: (event) => this.point(event),
        pointerleave: () => this.read(null),
        blur: () => this.read(null),
        keydown: (event) => this.key(event),
      },
    });
    this.readout = make("p");
    this.body = make("tbody");
    this.table = make("details", { class: "losses" },
      make("summary", { text: "curveTable" }),
      make("table", {},
        make("thead", {}, make("tr", {}, ["curveEpoch", "curveLoss", "curveVal"].map((text) =>
          make("th", { text, scope: "col" })))),
        this.body));
    this.elements = [this.canvas, this.readout, this.table];
    new ResizeObserver(() => this.draw()).observe(this.canvas);
  }

  /** Shows these losses. Rows that are shown already are not written again. */
  set(rows, now) {
    if (rows.length < this.body.children.length) this.body.replaceChildren();
    for (const row of rows.slice(this.body.children.length)) {
      const numbers = [String(row.epoch), figure(row.loss, 5), figure(row.val_loss, 5)];
      const line = document.createElement("tr");
      for (const text of numbers) line.insertCell().textContent = text;
      this.body.append(line);
    }
    this.rows = rows;
    this.now = now;
    this.draw();
    if (this.at === null) this.say();
  }

  /** Begins a curve. The one until now stays, thinner, for comparison. */
  restart() {
    if (this.rows.length > 1) this.before = this.rows;
    this.at = null;
    this.set([], null);
  }

  /** Writes all numbers again: the language has changed. */
  rewrite() {
    this.body.replaceChildren();
    this.set(this.rows, this.now);
  }

  /** Reads the epoch under the pointer. */
  point(event) {
    if (this.rows.length === 0 || !this.place) return;
    const x = event.clientX - this.canvas.getBoundingClientRect().left;
    const epoch = this.place.epoch(x);
    const nearest = this.rows.reduce((best, row, i) =>
      Math.abs(row.epoch - epoch) < Math.abs(this.rows[best].epoch - epoch) ? i : best, 0);
    this.read(nearest);
  }

  /** Reads the epoch beside the one that was read. */
  key(event) {
    const last = this.rows.length - 1;
    const from = this.at ?? last;
    const to = { ArrowLeft: from - 1, ArrowRight: from + 1, Home: 0, End: last }[event.key];
    if (to === undefined || last < 0) return;
    event.preventDefault();
    this.read(Math.max(0, Math.min(to, last)));
    this.app.announce(this.readout.textContent);
  }

  read(index) {
    this.at = index;
    this.draw();
    this.say();
  }

  /** Says the numbers of the epoch that is read, or of the last one. */
  say() {
    const row = this.rows[this.at ?? this.rows.length - 1];
    follow(this.readout, "text", () => {
      this.readout.textContent = row
        ? say("curveRead", row.epoch, figure(row.loss, 5), figure(row.val_loss, 5))
        : say("curveEmpty");
    });
  }

  draw() {
    const fitted = fitCanvas(this.canvas);
    if (!fitted) return;
    const { context: c, width, height } = fitted;
    c.font = `12px ${getComputedStyle(this.canvas).fontFamily}`;

    const points = this.now ? [...this.rows, this.now] : this.rows;
    const seen = [...points, ...this.before];
    const values = seen.flatMap((p) => [p.loss, p.val_loss ?? p.loss]).filter(Number.isFinite);
    const [low, high] = values.length ? [Math.min(...values), Math.max(...values)] : [0, 1];
    const room = (high - low) * 0.06 || 0.05;
    const [bottom, top] = [Math.max(0, low - room), high + room];
    const lastEpoch = Math.max(2, ...seen.map((p) => p.epoch));
    const left = 52;
    const right = width - 10;
    const under = height - 36;
    const over = 26;
    const x = (epoch) => left + ((epoch - 1) / (lastEpoch - 1)) * (right - left);
    const y = (loss) => under - ((loss - bottom) / (top - bottom)) * (under - over);
    this.place = { epoch: (at) => 1 + ((at - left) / (right - left)) * (lastEpoch - 1) };

    c.lineWidth = 1;
    c.textBaseline = "middle";
    for (const tick of roundTicks(bottom, top, Math.max(2, (under - over) / 45))) {
      c.strokeStyle = color("--line");
      c.beginPath();
      c.moveTo(left, Math.round(y(tick)) + 0.5);
      c.lineTo(right, Math.round(y(tick)) + 0.5);
      c.stroke();
      c.fillStyle = color("--soft");
      c.textAlign = "right";
      c.fillText(tickText(tick), left - 6, y(tick));
    }
    c.textAlign = "center";
    for (const tick of roundTicks(1, lastEpoch, Math.max(2, (right - left) / 80))) {
      if (Number.isInteger(tick)) c.fillText(number(tick), x(tick), under + 12);
    }
    c.fillText(say("curveEpoch"), (left + right) / 2, height - 8);
    c.textAlign = "left";
    c.fillText(say("curveAxis"), 4, 10);

    // The second line is dashed: colors alone do not tell the lines apart for everybody.
    const lines = [
      [points, "loss", "curveLoss", color("--class-0"), [], 2],
      [points, "val_loss", "curveVal", color("--class-1"), [6, 4], 2],
    ];
    if (this.before.length) {
      lines.unshift([this.before, "loss", "curveBefore", color("--edge"), [2, 3], 1]);
    }
    let legend = right;
    for (const [line, key, name, stroke, dash, thickness] of lines.reverse()) {
      c.strokeStyle = stroke;
      c.lineWidth = thickness;
      c.setLineDash(dash);
      c.beginPath();
      for (const point of line) {
        if (Number.isFinite(point[key])) c.lineTo(x(point.epoch), y(point[key]));
      }
      c.stroke();
      const text = say(name);
      legend -= c.measureText(text).width;
      c.fillStyle = color("--soft");
      c.fillText(text, legend, 10);
      legend -= 26;
      c.beginPath();
      c.moveTo(legend, 10);
      c.lineTo(legend + 20, 10);
      c.stroke();
      legend -= 14;
      c.setLineDash([]);
      // Few points are marked one by one, and of many the last.
      for (const point of line.length <= 30 ? line : line.slice(-1)) {
        if (line === this.before || !Number.isFinite(point[key])) continue;
        c.fillStyle = stroke;
        c.beginPath();
        c.arc(x(point.epoch), y(point[key]), 2.5, 0, 2 * Math.PI);
        c.fill();
      }
    }
    const row = this.at === null ? null : this.rows[this.at];
    if (!row) return;
    c.strokeStyle = color("--soft");
    c.lineWidth = 1;
    c.beginPath();
    c.moveTo(x(row.epoch), over);
    c.lineTo(x(row.epoch), under);
    c.stroke();
  }
}
