// Colors of numbers: a sequential scale (dark blue over green to yellow) and a diverging one (blue, none, orange),
// each with black or white text, whichever is read better.

const sequentialStops = [
  [68, 1, 84],
  [72, 40, 120],
  [62, 74, 137],
  [49, 104, 142],
  [38, 130, 142],
  [31, 158, 137],
  [53, 183, 121],
  [109, 205, 89],
  [180, 222, 44],
  [253, 231, 37],
];
const divergingLight = [
  [33, 102, 172],
  [146, 190, 224],
  [250, 250, 248],
  [245, 184, 124],
  [196, 90, 12],
];
const divergingDark = [
  [96, 165, 230],
  [44, 84, 124],
  [30, 34, 40],
  [124, 76, 30],
  [240, 140, 60],
];
const levels = 129;

function ramp(stops) {
  return Array.from({ length: levels }, (_, i) => {
    const at = (i / (levels - 1)) * (stops.length - 1);
    const low = Math.min(stops.length - 2, Math.floor(at));
    const rgb = stops[low].map((value, channel) =>
      Math.round(value + (at - low) * (stops[low + 1][channel] - value)),
    );
    return { back: `rgb(${rgb.join(" ")})`, front: luminance(rgb) > 0.179 ? "#000" : "#fff" };
  });
}

function luminance(rgb) {
  const [r, g, b] = rgb.map((v) => v / 255).map((v) => (v <= 0.03928 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4));
  return 0.2126 * r + 0.7152 * g + 0.0722 * b;
}

const ramps = { sequential: ramp(sequentialStops), light: ramp(divergingLight), dark: ramp(divergingDark) };

/**
 * The scale of some numbers. Its ends are quantiles, so that one outlier does not wash out the rest.
 *
 * A diverging scale has 0 in its middle and the same reach to both sides.
 */
export class Scale {
  constructor(values, { isDiverging = false, isDark = false, middle = 0 } = {}) {
    const numbers = Float64Array.from(
      values.filter ? values.filter((v) => v != null && Number.isFinite(v)) : values,
    ).sort();
    const at = (share) => numbers[Math.round(share * (numbers.length - 1))] ?? 0;
    this.least = numbers.length ? numbers[0] : null;
    this.greatest = numbers.length ? numbers[numbers.length - 1] : null;
    this.low = at(0.01);
    this.high = at(0.99);
    if (isDiverging) {
      const reach =
        Math.max(Math.abs(this.low - middle), Math.abs(this.high - middle)) ||
        Math.max(Math.abs(at(0) - middle), Math.abs(at(1) - middle)) ||
        1;
      this.low = middle - reach;
      this.high = middle + reach;
    }
    this.span = this.high - this.low || 1;
    this.ramp = isDiverging ? ramps[isDark ? "dark" : "light"] : ramps.sequential;
  }

  /** {back, front} of a number; null where it is missing. */
  of(value) {
    if (value == null || !Number.isFinite(value)) return null;
    const share = Math.min(1, Math.max(0, (value - this.low) / this.span));
    return this.ramp[Math.round(share * (levels - 1))];
  }

  /** A CSS gradient for the legend. */
  get gradient() {
    return `linear-gradient(to right, ${this.ramp
      .filter((_, i) => i % 8 === 0)
      .map((color) => color.back)
      .join(", ")})`;
  }
}
