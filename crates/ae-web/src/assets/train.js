// The panel "Train": the notebook's dense model learns in a worker, and the page shows how.

/** How many test images the gallery shows, and how many of the decoder's pictures. */
const SHOWN = 8;
const DRAWN = 16;

/** The worker that trains, from the text of the page, with an engine of its own. */
async function startWorker(listen) {
  const code = document.getElementById("worker-code").textContent;
  const address = URL.createObjectURL(new Blob([code], { type: "text/javascript" }));
  const worker = new Worker(address);
  worker.onmessage = (event) => listen(event.data);
  worker.onerror = (event) => listen({ type: "error", message: event.message });
  const wasm = await unpack(bytesOf(document.getElementById("engine").textContent.trim()));
  worker.postMessage({ type: "load", wasm });
  return worker;
}

/** A training as the page sees it: the reports of the worker, and the elements that show them. */
class TrainPanel {
  constructor(section, app) {
    this.app = app;
    this.image = app.bundle.image;
    /** The number of the training whose reports are shown: those of earlier ones are dropped. */
    this.order = 0;
    this.rows = [];
    this.last = null;
    this.visible = false;
    this.form = new TrainForm(app, () => this.begin());
    this.curve = new LossCurve(app);
    this.build(section);
    this.started = startWorker((message) => this.hear(message)).then((worker) => {
      this.worker = worker;
    });
    this.started.then(() => this.begin()).catch((error) => app.fail(error));
  }

  build(section) {
    const { bundle } = this.app;
    const columns = Math.min(SHOWN, bundle.test.count);
    this.gallery = gallery({
      text: ["trainGalleryLabel", columns],
      rows: ["trainRowImage", "trainRowNow"],
      columns,
      image: this.image,
    });
    this.seen = bundle.test.images(0, columns);
    this.gallery.set(0, this.seen);
    const button = (text, click, more = {}) => make("button", { text, on: { click }, ...more });
    this.run = button("trainStart", () => this.toggle(), { class: "primary", id: "train-run" });
    this.one = button("trainOne", () => this.until("batch"), { id: "train-one" });
    this.epoch = button("trainEpoch", () => this.until("epoch"), { id: "train-epoch" });
    this.reset = button("trainReset", () => this.begin(), { id: "train-reset" });
    this.use = button("trainUse", () => this.worker.postMessage({ type: "model" }),
      { id: "train-use" });
    this.state = make("p", { class: "reading", id: "train-state" });
    this.warning = make("p", { class: "warning", hidden: true });
    this.bar = make("progress", { max: 1, value: 0, aria: { label: "trainProgress" } });
    this.locked = make("p", { class: "note", text: "trainLocked", hidden: true });
    this.used = make("p", { hidden: true }, make("span", { text: "trainUsed" }), " ",
      panelLink(this.app, "latent", "trainLatentSpace"));
    this.drawn = make("div", { class: "strip", role: "img" });
    this.command = make("code", { class: "command", id: "train-command" });
    this.same = make("p", { class: "note" });
    this.copy = button("trainCopy", () => this.copyCommand());
    section.append(
      make("p", { text: "trainIntro" }),
      make("div", { class: "card" }, this.form.element, this.locked,
        make("div", { class: "buttons" }, this.run, this.one, this.epoch, this.reset, this.use),
        this.bar, this.state, this.warning, this.used),
      make("div", { class: "beside" },
        make("div", { class: "card" }, make("h2", { text: "trainCurve" }), this.curve.elements),
        make("div", { class: "card" }, make("h2", { text: "trainGallery" }), this.gallery.element)),
      make("div", { class: "card" }, make("h2", { text: "trainDrawn" }),
        make("p", { class: "note", text: "trainDrawnNote" }), this.drawn),
      make("div", { class: "card" }, make("h2", { text: "trainCommand" }), this.command,
        make("div", { class: "buttons after" }, this.copy), this.same));
    this.buttons();
  }

  /** Begins from nothing, with the settings of the form. */
  begin() {
    if (!this.worker || !this.form.valid) return;
    const { train, test } = this.app.bundle;
    const settings = this.form.settings();
    const limit = this.form.value("limit");
    const testCount = Math.min(limit, test.count);
    this.order += 1;
    this.epochs = settings.epochs;
    this.rows = [];
    this.last = null;
    this.used.hidden = true;
    this.curve.restart();
    this.worker.postMessage({
      type: "begin",
      order: this.order,
      settings,
      train: train.pixels.slice(0, limit * train.size),
      trainCount: limit,
      test: test.pixels.slice(0, testCount * test.size),
      testCount,
      gallery: this.seen,
    });
    this.command.textContent = this.form.command();
    if (limit > test.count) tell(this.same, "trainFewer", limit, test.count);
    else tell(this.same, "trainSame");
    this.buttons();
  }

  toggle() {
    this.until(this.last?.running ? "pause" : "end");
  }

  until(until) {
    this.worker?.postMessage({ type: "until", until });
  }

  /** Hears the worker. */
  hear(message) {
    const { app } = this;
    if (message.type === "error") app.fail(new Error(message.message));
    if (message.order !== this.order) return;
    if (message.type === "model") {
      app.setModel(app.engine.model(message.bytes));
      app.trainedHere = true;
      this.used.hidden = false;
      app.announce(say("trainUsed"));
    }
    if (message.type !== "progress") return;
    const before = this.last;
    this.last = message;
    this.rows.push(...message.ended);
    this.draw();
    this.buttons();
    const ends = message.done || message.diverged;
    if (ends && !before?.done && !before?.diverged) app.announce(this.state.textContent);
  }

  /** What has begun cannot take other settings; what has ended cannot go on. */
  buttons() {
    const { last } = this;
    const running = last?.running ?? false;
    const over = !last || last.done || last.diverged;
    const begun = last !== null && last.images > 0;
    tell(this.run, running ? "trainPause" : begun ? "trainResume" : "trainStart");
    this.run.disabled = over;
    this.one.disabled = this.epoch.disabled = over || running;
    this.reset.disabled = !begun;
    this.use.disabled = !begun || last.diverged;
    this.form.set.disabled = begun;
    this.locked.hidden = !begun;
  }

  draw() {
    const { last } = this;
    if (!last || !this.visible) return;
    const { perEpoch, epochs, batch } = last;
    this.bar.value = (epochs + batch / perEpoch) / this.epochs;
    const now = batch > 0 && Number.isFinite(last.loss)
      ? { epoch: epochs + batch / perEpoch, loss: last.loss }
      : null;
    // The mean of an epoch that has not begun in earnest is not a point of the curve yet.
    this.curve.set(this.rows, now && now.epoch >= 1 ? now : null);
    this.gallery.set(1, last.pictures);
    this.drawDecoder(last.drawn);
    this.say();
    this.warn();
  }

  /** Says how far the training is. */
  say() {
    const { last, rows, epochs } = this;
    const speed = Math.round(last.images / Math.max(last.seconds, 1e-9) / 100) * 100;
    const row = rows.at(-1);
    if (last.diverged) tell(this.state, "trainDiverged");
    else if (last.images === 0) tell(this.state, "trainStateReady", this.weights());
    else if (last.done) {
      const losses = [figure(row.loss, 4), figure(row.val_loss, 4)];
      tell(this.state, "trainDone", rows.length, ...losses, speed);
    } else if (last.batch > 0) {
      tell(this.state, "trainStateNow", last.epochs + 1, epochs, last.batch, last.perEpoch,
        figure(last.loss, 4), speed);
    } else tell(this.state, "trainStateNext", last.epochs, epochs, figure(row.loss, 4), speed);
  }

  /** Warns of a training that goes wrong although its loss is a number. */
  warn() {
    const { last } = this;
    const { size } = this.app.bundle.train;
    const silent = last.images > 0 && last.pictures.length > size
      && last.pictures.every((value, i) => Math.abs(value - last.pictures[i % size]) < 1e-6);
    // ln 2 is the loss of an output of 0.5; the first weights are a little worse.
    const worse = last.images > 0 && last.loss > Math.LN2 + 0.1;
    const text = last.diverged ? null : silent ? "trainSilent" : worse ? "trainWorse" : null;
    this.warning.hidden = text === null;
    if (text && text !== this.warned) this.app.announce(say(text));
    if (text) tell(this.warning, text);
    this.warned = text;
  }

  /** The number of weights of the model: a kernel and a bias each way. */
  weights() {
    const { size } = this.app.bundle.train;
    const latent = this.form.value("latent");
    return 2 * latent * size + latent + size;
  }

  /** Draws the rows of the decoder's kernel [numbers of the code, values of an image]. */
  drawDecoder(kernel) {
    const { size } = this.app.bundle.train;
    const count = Math.min(DRAWN, kernel.length / size);
    if (this.drawn.children.length !== count) {
      this.drawn.replaceChildren(...Array.from({ length: count }, () =>
        make("canvas", { class: "picture" })));
      label(this.drawn, "aria-label", "trainDrawnLabel", count);
    }
    const most = largest(kernel);
    [...this.drawn.children].forEach((canvas, i) =>
      drawSignedImage(canvas, kernel.subarray(i * size, (i + 1) * size), this.image, most));
  }

  async copyCommand() {
    try {
      await navigator.clipboard.writeText(this.command.textContent);
      this.app.announce(say("trainCopied"));
      tell(this.copy, "trainCopied");
      setTimeout(() => tell(this.copy, "trainCopy"), 1500);
    } catch {
      // A page from a file may not write to the clipboard: then the text is marked for the reader.
      getSelection().selectAllChildren(this.command);
    }
  }

  show() {
    this.visible = true;
    this.curve.rewrite();
    this.draw();
  }

  hide() {
    this.visible = false;
  }

  /** Reads the address: a lesson may ask for other settings. */
  restore() {
    if (this.form.restore()) this.begin();
  }
}

panel({
  id: "train",
  title: { en: "Train", fr: "Entraîner" },
  keeps: true,
  start: (section, app) => new TrainPanel(section, app),
});
