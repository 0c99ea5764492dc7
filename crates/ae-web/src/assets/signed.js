// Pictures and tables of numbers that can be negative: weights, products, gradients.

/** A number with exactly so many decimals, as the page's language writes it. */
function figure(value, decimals = 2) {
  if (!Number.isFinite(value)) return String(value);
  // Without this, a small negative number would be shown as -0.00.
  const rounds = Math.abs(value) < 0.5 * 10 ** -decimals;
  return number(rounds ? 0 : value, decimals, decimals);
}

/** A small or large number with `places` significant places, as in 1.25e-7. */
function scientific(value, places = 3) {
  const size = Math.abs(value);
  if (value === 0 || (size >= 0.001 && size < 10000)) return figure(value, places + 1);
  const text = value.toExponential(places - 1);
  return language === "fr" ? text.replace(".", ",") : text;
}

const BLUE = [33, 102, 172];
const WHITE = [247, 247, 247];
const RED = [178, 24, 43];

/**
 * The color of a value between -most and most: blue, white at zero, red. Readers who do not tell
 * red from green see these two apart (C. Brewer's scheme RdBu).
 */
function signedColor(value, most) {
  const part = most > 0 ? Math.max(-1, Math.min(value / most, 1)) : 0;
  const end = part < 0 ? BLUE : RED;
  return WHITE.map((white, i) => Math.round(white + Math.abs(part) * (end[i] - white)));
}

/** The gray of a value in [0, 1]. */
function grayColor(value) {
  return Array(3).fill(Math.round(255 * Math.max(0, Math.min(value, 1))));
}

/** The largest size of these numbers. */
function largest(values) {
  return values.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
}

/** Draws numbers [height, width] with a pixel each; `color` gives the red, green and blue. */
function drawNumbers(canvas, values, height, width, color) {
  canvas.width = width;
  canvas.height = height;
  const c = canvas.getContext("2d");
  const picture = c.createImageData(width, height);
  for (let i = 0; i < height * width; i++) picture.data.set([...color(values[i]), 255], 4 * i);
  c.putImageData(picture, 0, 0);
}

/** Draws numbers [height, width] from blue to red, white at zero. */
function drawSigned(canvas, values, height, width, most = largest(values)) {
  drawNumbers(canvas, values, height, width, (value) => signedColor(value, most));
}

/** Draws [height, width, channels] from blue to red: a color image as the sum of its channels. */
function drawSignedImage(canvas, values, { height, width, channels }, most) {
  const sums = new Float32Array(height * width);
  values.forEach((value, i) => (sums[Math.floor(i / channels)] += value));
  drawSigned(canvas, sums, height, width, most);
}

/** Fills a table with numbers on their colors: the numbers can be read where colors cannot. */
function fillNumbers(table, values, columns, color, decimals = 2) {
  const body = document.createElement("tbody");
  for (let i = 0; i < values.length; i += columns) {
    const row = body.insertRow();
    for (const value of values.slice(i, i + columns)) {
      const cell = row.insertCell();
      const [red, green, blue] = color(value);
      const [r, g, b] = [red, green, blue].map((part) => ((part / 255 + 0.055) / 1.055) ** 2.4);
      cell.textContent = figure(value, decimals);
      cell.style.backgroundColor = `rgb(${red}, ${green}, ${blue})`;
      // At a relative luminance of 0.179, black and white have the same contrast (WCAG 2).
      cell.style.color = 0.2126 * r + 0.7152 * g + 0.0722 * b > 0.179 ? "#000" : "#fff";
    }
  }
  table.tBodies[0]?.remove();
  table.append(body);
}
