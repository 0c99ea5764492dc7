// The worker that trains. It holds an engine and a trainer of its own, so the page never waits.
//
// It works in turns of about 30 ms and reads the page's messages between them: a press on "pause"
// is obeyed within a turn. How long a turn is does not change a result: the trainer continues
// exactly where it has stopped. The text of engine.js stands before this one.

/** The milliseconds that a turn should take. */
const TURN = 30;
/** The milliseconds between two reports, at least: 20 reports a second are enough for the eye. */
const REPORT = 50;
/** The largest number of batches in a turn. */
const MOST = 500;

/** What is trained now: null before the first order. */
let job = null;
let engine = null;
let counter = 0;

/** A task after those that already wait, without the 4 ms that a timer would wait. */
const next = new MessageChannel();
next.port1.onmessage = (event) => {
  try {
    turn(event.data);
  } catch (error) {
    job.until = "pause";
    fail(error);
  }
};

/** Tells the page what went wrong. */
function fail(error) {
  postMessage({ type: "error", message: String(error.message ?? error) });
}

/** Starts a training from nothing. `gallery` holds the images whose reconstructions are shown. */
function begin(order) {
  if (job) job.trainer.free();
  job = null;
  const { settings, train, trainCount, test, testCount, gallery } = order;
  const trainer = engine.trainer(settings, train, trainCount, test, testCount);
  job = {
    id: (counter += 1),
    trainer,
    gallery,
    count: trainCount,
    batch: settings.batch,
    perEpoch: Math.ceil(trainCount / settings.batch),
    total: Math.ceil(trainCount / settings.batch) * settings.epochs,
    batches: 0,
    size: 1,
    seconds: 0,
    until: "pause",
    last: null,
    ended: [],
    reported: -Infinity,
    order: order.order,
  };
  report(true);
}

/** The number of batches of the next turn. */
function size() {
  if (job.until === "batch") return 1;
  // An order for one epoch ends with the epoch, and never within the next.
  const left = job.perEpoch - (job.batches % job.perEpoch);
  return job.until === "epoch" ? Math.min(job.size, left) : job.size;
}

/** Trains for some batches. A training that diverges ends: its loss is no number any more. */
function stepOf(batches) {
  try {
    return job.trainer.step(batches);
  } catch (error) {
    // The program's sentence for it, which the page says in its own languages.
    if (!/^training diverged/.test(error.message)) throw error;
    return { ...job.last, loss: NaN, done: false, ended: [] };
  }
}

/** Trains for a turn, and asks for the next one. */
function turn(id) {
  if (!job || job.id !== id || job.until === "pause") return;
  const batches = size();
  const start = performance.now();
  const step = stepOf(batches);
  const spent = performance.now() - start;
  job.seconds += spent / 1000;
  job.batches = Math.min(job.batches + batches, job.total);
  job.last = step;
  job.ended.push(...step.ended);
  const fitting = Math.round((TURN * batches) / Math.max(spent, 0.1));
  job.size = Math.max(1, Math.min(fitting, 2 * job.size, MOST));
  const losses = [step.loss, ...step.ended.flatMap((row) => [row.loss, row.val_loss])];
  const diverged = !losses.every(Number.isFinite);
  const over = step.done || diverged || job.until === "batch";
  if (over || (job.until === "epoch" && step.ended.length > 0)) job.until = "pause";
  report(job.until === "pause", diverged);
  if (job.until !== "pause") next.port2.postMessage(id);
}

/** Tells the page how far the training is, if the last report is long enough ago. */
function report(always, diverged = false) {
  const now = performance.now();
  if (!always && now - job.reported < REPORT) return;
  job.reported = now;
  const model = job.trainer.model();
  const pictures = model.predict(job.gallery);
  const drawn = model.weights(model.layers.length - 1).kernel.slice();
  model.free();
  const epochs = Math.floor(job.batches / job.perEpoch);
  const batch = job.batches % job.perEpoch;
  const { last } = job;
  postMessage(
    {
      type: "progress",
      order: job.order,
      loss: last ? last.loss : null,
      epochs,
      batch,
      perEpoch: job.perEpoch,
      ended: job.ended,
      images: epochs * job.count + Math.min(batch * job.batch, job.count),
      seconds: job.seconds,
      running: job.until !== "pause",
      done: last ? last.done : false,
      diverged,
      pictures,
      drawn,
    },
    [pictures.buffer, drawn.buffer],
  );
  job.ended = [];
}

/** What the page can ask for. */
const orders = {
  async load({ wasm }) {
    engine = await loadEngine(wasm);
    postMessage({ type: "ready" });
  },
  begin,
  /** Trains until "end", one "epoch", one "batch", or not at all: "pause". */
  until({ until }) {
    if (!job || (job.last && job.last.done)) return;
    const rests = job.until === "pause";
    job.until = until;
    if (until === "pause") report(true);
    else if (rests) turn(job.id);
  },
  /** Sends the model as it is now, as the bytes of a safetensors file. */
  model() {
    if (!job) return;
    const model = job.trainer.model();
    const bytes = model.save();
    model.free();
    postMessage({ type: "model", order: job.order, bytes });
  },
};

let queue = Promise.resolve();
onmessage = ({ data }) => {
  // One order after another: a training never begins before the engine is loaded.
  queue = queue.then(() => orders[data.type](data)).catch(fail);
};
