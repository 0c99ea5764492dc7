// Pictures: one image on a canvas, and rows of images.

/** Draws values [height, width, channels] in [0, 1], a pixel each; CSS makes it larger. */
function drawImage(canvas, values, { height, width, channels }) {
  if (canvas.width !== width) canvas.width = width;
  if (canvas.height !== height) canvas.height = height;
  const context = canvas.getContext("2d");
  const picture = context.createImageData(width, height);
  const { data } = picture;
  for (let i = 0; i < height * width; i++) {
    for (let k = 0; k < 3; k++) data[4 * i + k] = 255 * values[i * channels + (k % channels)];
    data[4 * i + 3] = 255;
  }
  context.putImageData(picture, 0, 0);
}

/** A canvas for an image, with what is seen on it: the key of a text, or [key, ...values]. */
function picture(text, classes = "") {
  return make("canvas", { class: `picture ${classes}`, role: "img", aria: { label: text } });
}

/**
 * An image with its name below: an element, or the key of a text. `text` says what is seen. `draw`
 * shows other values; `note` is the element for a remark.
 */
function namedPicture(text, name, image, classes = "") {
  const canvas = picture(text, classes);
  const note = make("span", { class: "note" });
  const caption = make("figcaption", {},
    name instanceof Element ? name : make("span", { text: name }), note);
  drawImage(canvas, new Float32Array(image.height * image.width * image.channels), image);
  return {
    element: make("figure", { class: "named" }, canvas, caption),
    canvas,
    note,
    draw: (values) => drawImage(canvas, values, image),
  };
}

/**
 * Columns of images that belong together, such as images and their reconstructions below them.
 * `rows` are the keys of the rows' names, the upper first; `text` says what is seen as a whole.
 * `captions` are plain texts below the columns. `set(row, values)` draws a row:
 * [columns, height, width, channels].
 */
function gallery({ text, rows, columns, image, captions = [], classes = "" }) {
  const size = image.height * image.width * image.channels;
  const cells = rows.map(() => Array.from({ length: columns }, () => {
    const canvas = make("canvas", { class: "picture" });
    drawImage(canvas, new Float32Array(size), image);
    return canvas;
  }));
  const sheet = make("div", { class: "columns", role: "img", aria: { label: text } },
    Array.from({ length: columns }, (_, i) => make("div", { class: "column" },
      cells.map((row) => row[i]),
      captions[i] === undefined ? null : make("span", { class: "note" }, captions[i]))));
  sheet.style.setProperty("--columns", columns);
  const names = make("ol", { class: "rows" }, rows.map((row) => make("li", { text: row })));
  return {
    element: make("div", { class: `gallery ${classes}` }, rows.length > 1 ? names : null, sheet),
    set(row, values) {
      cells[row].forEach((canvas, i) =>
        drawImage(canvas, values.subarray(i * size, (i + 1) * size), image));
    },
  };
}

/**
 * Fits the pixels of a canvas to the size that the style sheet gives it, sharp on every screen.
 * Gives the context, in CSS pixels, and the size; null while the canvas is not shown.
 */
function fitCanvas(canvas) {
  const { clientWidth: width, clientHeight: height } = canvas;
  if (width === 0 || height === 0) return null;
  const ratio = devicePixelRatio || 1;
  const [across, down] = [Math.round(width * ratio), Math.round(height * ratio)];
  if (canvas.width !== across) canvas.width = across;
  if (canvas.height !== down) canvas.height = down;
  const context = canvas.getContext("2d");
  context.setTransform(ratio, 0, 0, ratio, 0, 0);
  context.clearRect(0, 0, width, height);
  return { context, width, height };
}
