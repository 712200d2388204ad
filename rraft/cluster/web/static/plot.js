// A small plot of one series: a line, its highest value, and the value under the pointer.

import { element, setAttribute, setText } from "./dom.js";

const WIDTH = 240;
const HEIGHT = 56;
const SVG = "http://www.w3.org/2000/svg";

function shape(tag, attributes) {
  const made = document.createElementNS(SVG, tag);
  for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
  return made;
}

export function makePlot(title) {
  const value = element("p", { class: "plot-value" }, "–");
  const note = element("p", { class: "plot-note" });
  const svg = shape("svg", { viewBox: `0 0 ${WIDTH} ${HEIGHT}`, preserveAspectRatio: "none", role: "img" });
  const area = shape("path", { class: "plot-area" });
  const line = shape("path", { class: "plot-line", "vector-effect": "non-scaling-stroke" });
  const cursor = shape("line", { class: "plot-cursor", y1: 0, y2: HEIGHT, "vector-effect": "non-scaling-stroke" });
  svg.append(area, line, cursor);
  const figure = element("figure", { class: "plot card" }, element("figcaption", {}, title), value, svg, note);
  const plot = { title, figure, value, note, svg, area, line, cursor, pointer: null, data: null };
  svg.addEventListener("pointermove", (event) => {
    const box = svg.getBoundingClientRect();
    plot.pointer = Math.min(1, Math.max(0, (event.clientX - box.left) / box.width));
    label(plot);
  });
  svg.addEventListener("pointerleave", () => {
    plot.pointer = null;
    label(plot);
  });
  return plot;
}

/** Shows `values`, the last one being now; null where nothing was measured. The plot has room for `capacity`. */
export function updatePlot(plot, values, capacity, step, format) {
  const known = values.filter((value) => value !== null);
  const highest = known.length ? Math.max(...known) : 0;
  plot.data = { values, capacity, step, format, highest };
  const x = (index) => (WIDTH * (capacity - values.length + index)) / (capacity - 1);
  const y = (value) => HEIGHT - 2 - (highest ? (value / highest) * (HEIGHT - 6) : 0);
  let line = "";
  let area = "";
  let start = null;
  values.forEach((value, index) => {
    if (value === null) {
      start = null;
      return;
    }
    const point = `${x(index).toFixed(1)} ${y(value).toFixed(1)}`;
    line += `${start === null ? "M" : "L"}${point}`;
    if (start === null) start = index;
    const isLast = index === values.length - 1 || values[index + 1] === null;
    if (isLast) {
      const above = values.slice(start, index + 1).map((v, k) => `L${x(start + k).toFixed(1)} ${y(v).toFixed(1)}`);
      area += `M${x(start).toFixed(1)} ${HEIGHT}${above.join("")}L${x(index).toFixed(1)} ${HEIGHT}Z`;
    }
  });
  setAttribute(plot.line, "d", line);
  setAttribute(plot.area, "d", area);
  const last = values.length ? values[values.length - 1] : null;
  const seconds = Math.round(capacity * step);
  setAttribute(plot.svg, "aria-label",
    `${plot.title}: now ${format(last)}, at most ${format(highest)} in the last ${seconds} seconds`);
  label(plot);
}

function label(plot) {
  if (!plot.data) return;
  const { values, capacity, step, format, highest } = plot.data;
  let index = values.length - 1;
  let when = "";
  if (plot.pointer !== null && values.length) {
    const place = Math.round(plot.pointer * (capacity - 1)) - (capacity - values.length);
    index = Math.min(values.length - 1, Math.max(0, place));
    when = `${Math.round((values.length - 1 - index) * step)} s ago`;
    const x = (WIDTH * (capacity - values.length + index)) / (capacity - 1);
    plot.cursor.setAttribute("x1", x);
    plot.cursor.setAttribute("x2", x);
  }
  plot.cursor.style.visibility = plot.pointer === null ? "hidden" : "visible";
  setText(plot.value, format(index < 0 ? null : values[index]));
  setText(plot.note, when || `at most ${format(highest)}`);
}
