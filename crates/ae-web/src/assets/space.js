// The space of the codes, in the units of its principal components.
//
// A point z is given in standard deviations: code = mean + sum of z[k] deviation[k] component[k].
// In these units the distance between two points is Mahalanobis's distance of their codes.

/**
 * A component whose deviation is at most this fraction of the largest is constant in the training
 * codes (a unit that never fires, for example). It counts with the smallest deviation of the
 * others, so a code that differs there is far from all of them.
 */
const CONSTANT = 1e-3;

/** How many training codes tell what a usual distance is. */
const PROBES = 300;

class Space {
  /** From the page's PCA and the codes of training images; `codes` may be null. */
  constructor(pca, codes) {
    this.pca = pca;
    this.length = pca.mean.length;
    const largest = Math.max(...pca.deviations);
    /** The components that vary in the training codes. */
    this.living = [...pca.deviations.keys()].filter((k) => pca.deviations[k] > CONSTANT * largest);
    const smallest = Math.min(...this.living.map((k) => pca.deviations[k]));
    /** Code numbers per standard deviation. */
    this.units = Float64Array.from(pca.deviations, (d) =>
      d > CONSTANT * largest ? d : Number.isFinite(smallest) ? smallest : 1);
    this.count = codes ? codes.count : 0;
    this.labels = codes ? codes.labels : [];
    /** The training codes as points, [count, length]. */
    this.points = new Float32Array(this.count * this.length);
    for (let i = 0; i < this.count; i++) {
      const code = codes.values.subarray(i * this.length, (i + 1) * this.length);
      this.points.set(this.point(code), i * this.length);
    }
  }

  /** The point of a code. */
  point(code) {
    const { length, pca, units } = this;
    return Float32Array.from({ length }, (_, k) => {
      let sum = 0;
      for (let j = 0; j < length; j++) {
        sum += (code[j] - pca.mean[j]) * pca.components[k * length + j];
      }
      return sum / units[k];
    });
  }

  /** The code of a point. */
  code(z) {
    const { length, pca, units } = this;
    const code = Float32Array.from(pca.mean);
    for (let k = 0; k < length; k++) {
      const way = z[k] * units[k];
      for (let j = 0; j < length; j++) code[j] += way * pca.components[k * length + j];
    }
    return code;
  }

  /** The distance from a point to the nearest training code, except number `but`. */
  nearest(z, but = -1) {
    const { length, points } = this;
    let least = Infinity;
    for (let i = 0; i < this.count; i++) {
      if (i === but) continue;
      let sum = 0;
      for (let k = 0; k < length && sum < least; k++) {
        const difference = z[k] - points[i * length + k];
        sum += difference * difference;
      }
      if (sum < least) least = sum;
    }
    return Math.sqrt(least);
  }

  /**
   * What distances are usual: the median and the 95 % quantile of the distances of training codes
   * to the nearest other one. It is computed on first use, from codes spread over all of them.
   */
  get usual() {
    if (this.known) return this.known;
    const step = Math.max(1, Math.floor(this.count / PROBES));
    const distances = [];
    for (let i = 0; i < this.count; i += step) {
      distances.push(this.nearest(this.points.subarray(i * this.length), i));
    }
    distances.sort((a, b) => a - b);
    const at = (part) => distances[Math.floor(part * (distances.length - 1))] ?? NaN;
    this.known = { median: at(0.5), most: at(0.95) };
    return this.known;
  }
}

/** Random numbers of a page: mulberry32 (T. Ettinger), uniform in [0, 1), from a seed. */
function randomNumbers(seed) {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = state;
    t = Math.imul(t ^ (t >>> 15), t | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
}

/** The ways to draw a point at random: those of the notebook, and the Gaussian of the codes. */
const DRAWS = {
  /** Each number of the code uniform in [0, 5), as in the notebook's first attempt. */
  naive(space, random) {
    return space.point(Float32Array.from({ length: space.length }, () => 5 * random()));
  },
  /** Each component uniform in [-7.5, 7.5), in the code's units, as in the second attempt. */
  notebook(space, random) {
    return Float32Array.from(space.units, (unit) => 15 * (random() - 0.5) / unit);
  },
  /** Each component normal with its own deviation (Box and Muller 1958); constant ones stay. */
  gaussian(space, random) {
    const z = new Float32Array(space.length);
    for (const k of space.living) {
      z[k] = Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
    }
    return z;
  },
};

words({
  en: {
    gauge: "Distance to the training codes",
    gaugeTypical: "typical",
    gaugeUnusual: "unusual",
    gaugeFar: "far outside",
    gaugeRead: "{0}: {1} standard deviations from the nearest training code",
    gaugeHint: "Training codes themselves are {0} from their nearest neighbor at the median, and 95 % of them less than {1}: typical. Up to twice that is unusual.",
    gaugeHintLabel: "What is typical?",
  },
  fr: {
    gauge: "Distance aux codes d'entraînement",
    gaugeTypical: "typique",
    gaugeUnusual: "inhabituel",
    gaugeFar: "très loin",
    gaugeRead: "{0} : à {1} écarts types du code d'entraînement le plus proche",
    gaugeHint: "Les codes d'entraînement sont eux-mêmes à {0} de leur plus proche voisin (médiane), et 95 % d'entre eux à moins de {1} : typique. Jusqu'au double, c'est inhabituel.",
    gaugeHintLabel: "Qu'est-ce qui est typique ?",
  },
});

/** A gauge of how far a point lies from the training codes. */
class Gauge {
  constructor(space) {
    this.space = space;
    this.needle = make("span", { class: "needle" });
    this.median = make("span", { class: "tick" });
    this.bar = make("div", { class: "scale", aria: { hidden: true } },
      make("span", { class: "zone good" }), make("span", { class: "zone fair" }),
      make("span", { class: "zone bad" }), this.median, this.needle);
    this.text = make("p", { class: "reading" });
    this.hint = make("p", { class: "note" });
    this.element = make("div", { class: "gauge" }, make("h2", { class: "small", text: "gauge" }), this.bar,
      this.text, make("details", {}, make("summary", { text: "gaugeHintLabel" }), this.hint));
  }

  /** Shows where the point z lies. The scale ends at three times the typical distance. */
  set(z) {
    const { median, most } = this.space.usual;
    const distance = this.space.nearest(z);
    const place = (d) => `${Math.min(100, (100 * d) / (3 * most))}%`;
    this.needle.style.left = place(distance);
    this.median.style.left = place(median);
    const kind = distance <= most ? "Typical" : distance <= 2 * most ? "Unusual" : "Far";
    this.element.dataset.kind = kind;
    follow(this.text, "text", () => {
      const size = number(distance, distance < 10 ? 2 : 0);
      this.text.textContent = say("gaugeRead", say(`gauge${kind}`), size);
    });
    const hint = () => say("gaugeHint", number(median, 2), number(most, 2));
    if (!this.hinted) follow(this.hint, "text", () => (this.hint.textContent = hint()));
    this.hinted = true;
  }
}
