// The pad: a square one draws on by mouse, finger or pen.

words({
  en: {
    padLabel: "The drawing: white on black. Draw with a mouse, a finger or a pen, or load a test image with the buttons below.",
  },
  fr: {
    padLabel: "Le dessin : blanc sur noir. Dessinez avec une souris, un doigt ou un stylet, ou chargez une image de test avec les boutons ci-dessous.",
  },
});

/** The pixels of the pad: enough for a smooth line, few enough to center in each frame. */
const PAD = 224;

/** A drawing of strokes. `changed` is called after each change. */
class Pad {
  constructor(changed) {
    this.changed = changed;
    /** Strokes { width, points: [x, y, x, y, ..] } in pixels of the pad. */
    this.strokes = [];
    this.width = 18;
    this.canvas = make("canvas", {
      class: "picture pad",
      width: PAD,
      height: PAD,
      role: "img",
      aria: { label: "padLabel" },
    });
    this.context = this.canvas.getContext("2d", { willReadFrequently: true });
    this.clear();
    const { canvas } = this;
    canvas.addEventListener("pointerdown", (event) => {
      if (event.button !== 0 || !event.isPrimary) return;
      canvas.setPointerCapture(event.pointerId);
      this.begin(this.placeOf(event));
    });
    canvas.addEventListener("pointermove", (event) => {
      if (!canvas.hasPointerCapture(event.pointerId)) return;
      // A fast pen reports several places in one event.
      const events = event.getCoalescedEvents?.() ?? [];
      for (const one of events.length > 0 ? events : [event]) this.extend(this.placeOf(one));
      this.changed();
    });
  }

  /** The place of an event, in pixels of the pad. */
  placeOf(event) {
    const box = this.canvas.getBoundingClientRect();
    return [(PAD * (event.clientX - box.left)) / box.width,
      (PAD * (event.clientY - box.top)) / box.height];
  }

  get empty() {
    return this.strokes.length === 0;
  }

  begin(place) {
    this.strokes.push({ width: this.width, points: [...place] });
    this.segment(this.width, [...place, ...place]);
    this.changed();
  }

  extend(place) {
    const { width, points } = this.strokes.at(-1);
    this.segment(width, [...points.slice(-2), ...place]);
    points.push(...place);
  }

  segment(width, [x, y, toX, toY]) {
    const { context } = this;
    context.strokeStyle = "#fff";
    context.lineWidth = width;
    context.lineCap = "round";
    context.beginPath();
    context.moveTo(x, y);
    context.lineTo(toX, toY);
    context.stroke();
  }

  undo() {
    this.paint(this.strokes.slice(0, -1));
  }

  clear() {
    this.paint([]);
  }

  /** Paints these strokes, and no others. */
  paint(strokes) {
    const { context } = this;
    this.strokes = strokes;
    context.fillStyle = "#000";
    context.fillRect(0, 0, PAD, PAD);
    for (const { width, points } of strokes) {
      this.segment(width, [...points.slice(0, 2), ...points.slice(0, 2)]);
      for (let i = 0; i + 3 < points.length; i += 2) this.segment(width, points.slice(i, i + 4));
    }
    this.changed();
  }

  /** The drawing's gray values, 0 to 255, [PAD, PAD]. */
  gray() {
    const { data } = this.context.getImageData(0, 0, PAD, PAD);
    return Uint8Array.from({ length: PAD * PAD }, (_, i) => data[4 * i]);
  }
}
