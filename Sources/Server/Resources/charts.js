// Charts as SVG, in the colours of the style.

const space = "http://www.w3.org/2000/svg";
function svg(tag, attributes = {}, ...children) {
  const node = document.createElementNS(space, tag);
  for (const [name, value] of Object.entries(attributes)) if (value !== null && value !== undefined) node.setAttribute(name, value);
  node.append(...children.filter((child) => child !== null && child !== undefined));
  return node;
}

/** Round steps between two values. */
function ticks(low, high, count) {
  if (!(high > low)) return [low];
  const raw = (high - low) / count;
  const power = 10 ** Math.floor(Math.log10(raw));
  const step = [1, 2, 5, 10].map((m) => m * power).find((s) => s >= raw);
  const found = [];
  for (let x = Math.ceil(low / step) * step; x <= high + step / 1e6; x += step) found.push(Math.abs(x) < step / 1e6 ? 0 : x);
  return found;
}

function figure(caption, drawing, names) {
  const node = document.createElement("figure");
  // A wide chart scrolls on a phone, also by keyboard.
  node.tabIndex = 0;
  const title = document.createElement("figcaption");
  title.textContent = caption;
  node.append(title, drawing);
  if (names?.length > 1) {
    const legend = document.createElement("div");
    legend.className = "legend";
    names.forEach((name, index) => {
      const item = document.createElement("span");
      const key = document.createElement("i");
      item.className = `s${index % 5 + 1}`;
      item.append(key, name);
      legend.append(item);
    });
    node.append(legend);
  }
  return node;
}

const number = new Intl.NumberFormat("en-US", { maximumSignificantDigits: 4 });

/**
 * Lines over positions or numbers.
 * lines: [{ name, values }]; labels: one for each value; marks: [{ at: index, label }]; x: numbers, for a numeric axis.
 */
export function lineChart(caption, { labels, x, lines, marks = [], format = (v) => number.format(v), width = 900, height = 260, zero = false }) {
  const [left, right, top, bottom] = [64, 12, 12, 28];
  const count = labels?.length ?? x.length;
  const at = x ? (i) => x[i] : (i) => i;
  const [first, last] = [at(0), at(count - 1)];
  const all = lines.flatMap((line) => line.values).filter((v) => Number.isFinite(v));
  if (zero) all.push(0);
  let [low, high] = [Math.min(...all), Math.max(...all)];
  if (!all.length) return figure(`${caption}: no values`, svg("svg", { width: 1, height: 1 }));
  if (low === high) [low, high] = [low - 1, high + 1];
  const px = (i) => left + (width - left - right) * (last === first ? 0.5 : (at(i) - first) / (last - first));
  const py = (v) => top + (height - top - bottom) * (1 - (v - low) / (high - low));
  const drawing = svg("svg", { viewBox: `0 0 ${width} ${height}`, role: "img", "aria-label": caption, width: "100%" });
  for (const value of ticks(low, high, 4)) {
    drawing.append(svg("line", { class: "axis", x1: left, x2: width - right, y1: py(value), y2: py(value) }),
      svg("text", { x: left - 6, y: py(value) + 4, "text-anchor": "end" }, format(value)));
  }
  const shown = Math.min(count, width < 700 ? 4 : 6);
  for (let n = 0; n < shown; n += 1) {
    const i = shown === 1 ? 0 : Math.round(n * (count - 1) / (shown - 1));
    drawing.append(svg("text", { x: px(i), y: height - 8, "text-anchor": n === 0 ? "start" : n === shown - 1 ? "end" : "middle" }, labels ? labels[i] : number.format(x[i])));
  }
  for (const mark of marks) {
    drawing.append(svg("line", { class: "mark", x1: px(mark.at), x2: px(mark.at), y1: top, y2: height - bottom }, svg("title", {}, mark.label)));
  }
  lines.forEach((line, index) => {
    let path = "";
    let isDown = false;
    line.values.forEach((value, i) => {
      if (!Number.isFinite(value)) { isDown = false; return; }
      path += `${isDown ? "L" : "M"}${px(i).toFixed(1)} ${py(value).toFixed(1)}`;
      isDown = true;
    });
    drawing.append(svg("path", { class: `line s${index % 5 + 1}`, d: path }, svg("title", {}, line.name)));
    if (count <= 40) {
      line.values.forEach((value, i) => {
        if (Number.isFinite(value)) drawing.append(svg("circle", { class: `fill s${index % 5 + 1}`, cx: px(i), cy: py(value), r: 3 },
          svg("title", {}, `${line.name}, ${labels ? labels[i] : number.format(x[i])}: ${format(value)}`)));
      });
    }
  });
  return figure(caption, drawing, lines.map((line) => line.name));
}

/** A band of coloured days: which kind each is of. */
export function bandChart(caption, labels, kinds, names) {
  const [width, height] = [900, 56];
  const step = width / Math.max(1, labels.length);
  const drawing = svg("svg", { viewBox: `0 0 ${width} ${height}`, role: "img", "aria-label": caption, width: "100%" });
  labels.forEach((label, i) => {
    if (kinds[i] === null || kinds[i] === undefined) return;
    drawing.append(svg("rect", { class: `fill s${kinds[i] % 5 + 1}`, x: i * step, y: 4, width: step + 0.3, height: 30 },
      svg("title", {}, `${label}: kind ${kinds[i]}`)));
  });
  for (const [i, anchor] of [[0, "start"], [labels.length - 1, "end"]]) {
    drawing.append(svg("text", { x: i === 0 ? 0 : width, y: 50, "text-anchor": anchor }, labels[i]));
  }
  return figure(caption, drawing, names);
}

/**
 * A table whose cells are coloured by sign and size: gains blue, losses orange, the largest strongest.
 * values: by row, then column; null where unknown. cells: texts in place of the numbers.
 */
export function heatMap(caption, { rows, columns, values, format = (v) => number.format(v), cells, corner = "" }) {
  const largest = Math.max(...values.flat().filter((v) => Number.isFinite(v)).map(Math.abs), 0);
  const node = (tag, attributes, ...children) => {
    const made = document.createElement(tag);
    for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
    made.append(...children);
    return made;
  };
  const cell = (value, row, column) => {
    const text = cells?.[row]?.[column] ?? (Number.isFinite(value) ? format(value) : "–");
    const made = node("td", { class: "num" }, text);
    // The style sheet mixes the colour: the content security policy allows no inline styles, but those of the object model.
    if (Number.isFinite(value) && largest > 0) {
      made.dataset.sign = Math.sign(value);
      made.style.setProperty("--strength", `${Math.round(45 * Math.abs(value) / largest)}%`);
    }
    return made;
  };
  return node("div", { class: "scroll heatmap", tabindex: "0", role: "region", "aria-label": caption },
    node("table", {}, node("caption", {}, caption),
      node("thead", {}, node("tr", {}, node("th", { scope: "col" }, corner), ...columns.map((name) => node("th", { scope: "col", class: "num" }, name)))),
      node("tbody", {}, ...rows.map((name, row) => node("tr", {}, node("th", { scope: "row" }, name), ...columns.map((_, column) => cell(values[row][column], row, column)))))));
}

/** The profit of legs at an expiry over the price of the underlying. legs: [{ kind, strike, quantity, price }] */
export function payoffChart(caption, legs, spot) {
  const strikes = legs.map((leg) => leg.strike).filter((s) => Number.isFinite(s));
  const middle = spot ?? strikes[0];
  const low = Math.max(0, Math.min(middle, ...strikes) * 0.8);
  const high = Math.max(middle, ...strikes) * 1.2;
  const x = [...new Set([...Array.from({ length: 81 }, (_, i) => low + (high - low) * i / 80), ...strikes])].sort((a, b) => a - b);
  const profit = (price) => legs.reduce((sum, leg) => {
    const value = leg.kind === "call" ? Math.max(0, price - leg.strike) : leg.kind === "put" ? Math.max(0, leg.strike - price) : price;
    return sum + leg.quantity * (value - leg.price);
  }, 0);
  return lineChart(caption, { x, lines: [{ name: "profit per share", values: x.map(profit) }], zero: true, width: 560, format: (v) => v.toFixed(2) });
}
