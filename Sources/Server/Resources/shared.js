// What all pages share: elements, requests, forms whose state is the address, tables. Texts are set as text, never as markup.

/** Makes an element. Attributes named on… are listeners; null children are left out. */
export function el(tag, attributes = {}, ...children) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (value === null || value === undefined || value === false) continue;
    if (name.startsWith("on")) node.addEventListener(name.slice(2), value);
    else if (name === "class") node.className = value;
    else if (name === "value") node.value = value;
    else if (name === "checked") node.checked = value;
    else node.setAttribute(name, value === true ? "" : value);
  }
  append(node, children);
  return node;
}

export function append(node, children) {
  for (const child of children.flat(Infinity)) {
    if (child === null || child === undefined || child === false) continue;
    node.append(child instanceof Node ? child : String(child));
  }
}

export const main = document.getElementById("main");
// On a phone, the links are one line that scrolls.
document.querySelector("nav [aria-current]")?.scrollIntoView({ inline: "center", block: "nearest" });

// Requests

export class Failure extends Error {
  constructor(title, detail, remedy = "", status = 0) {
    super(detail);
    Object.assign(this, { title, detail, remedy, status });
  }
}

let token = sessionStorage.getItem("token");

/** Sends a request and returns its JSON; throws a Failure in words. */
export async function call(path, body = null, signal = undefined) {
  const headers = { Accept: "application/json" };
  if (token) headers.Authorization = `Bearer ${token}`;
  if (body) headers["Content-Type"] = "application/json";
  let response;
  try {
    response = await fetch(path, { method: body ? "POST" : "GET", headers, body: body ? JSON.stringify(body) : null, signal });
  } catch (error) {
    if (error.name === "AbortError") throw error;
    throw new Failure("No answer from the server", "It may have stopped, or the network is down.", "Start `tapedeck serve` again, then try again.");
  }
  if (response.status === 401 && await askForToken()) return call(path, body, signal);
  const answer = await response.json().catch(() => null);
  if (response.ok && answer) return answer;
  throw new Failure(
    answer?.title ?? "The request failed", answer?.detail ?? `The server answered ${response.status}.`, answer?.remedy ?? "", response.status);
}

/** Requests headers for what fetch alone cannot do, such as streams. */
export function authorization() { return token ? { Authorization: `Bearer ${token}` } : {}; }

function askForToken() {
  return new Promise((resolve) => {
    const input = el("input", { type: "password", autocomplete: "off", required: true, name: "token" });
    const dialog = el("dialog", { "aria-labelledby": "token-title" },
      el("form", { method: "dialog", onsubmit: () => { token = input.value; sessionStorage.setItem("token", token); } },
        el("h2", { id: "token-title" }, "Token"),
        el("p", {}, "This server asks for the token that its operator set in TAPEDECK_TOKEN. It is kept until this tab is closed."),
        el("label", { class: "field" }, "Token", input),
        el("p", {}, el("button", { class: "primary", value: "send" }, "Continue"))));
    dialog.addEventListener("close", () => { dialog.remove(); resolve(dialog.returnValue === "send"); });
    document.body.append(dialog);
    dialog.showModal();
  });
}

let overview = null;
/** What the store holds; asked once. */
export function store() {
  overview ??= call("/v1/store").catch((error) => { overview = null; throw error; });
  return overview;
}

// Messages

export function working(text = "Working …") { return el("p", { class: "working", role: "status" }, text); }

/** An error with what to do about it. */
export function failed(error, retry) {
  return el("div", { class: "notice error", role: "alert" },
    el("p", {}, el("strong", {}, error.title ?? "This page failed"), ": ", error.detail ?? String(error)),
    error.remedy ? el("p", {}, sentence(error.remedy)) : null,
    retry ? el("p", {}, el("button", { type: "button", onclick: retry }, "Try again")) : null);
}

export function notice(kind, ...children) { return el("div", { class: `notice ${kind}` }, el("p", {}, ...children)); }

export function sentence(text) { return text.charAt(0).toUpperCase() + text.slice(1) + (/[.!?…]$/.test(text) ? "" : "."); }

// Numbers

/** A minus sign in place of the hyphen, and none before zero. */
const minus = (text) => /[1-9]/.test(text) ? text.replace("-", "−") : text.replace("-", "");
const whole = new Intl.NumberFormat("en-US", { maximumFractionDigits: 0 });
export const format = {
  whole: (x) => x === null || x === undefined ? "–" : minus(whole.format(x)),
  fixed: (digits) => (x) => x === null || x === undefined ? "–" : minus(x.toFixed(digits)),
  percent: (x) => x === null || x === undefined ? "–" : `${minus((100 * x).toFixed(1))}%`,
  dollars: (x) => x === null || x === undefined ? "–" : `${x < 0 ? "−" : ""}$${whole.format(Math.abs(x))}`,
  words: (text) => String(text).replaceAll("_", " "),
};

/** "1 row", "20 rows". */
export function count(number, name) { return `${format.whole(number)} ${number === 1 ? name.replace(/s$/, "") : name}`; }

// Tables

/**
 * A table that sorts by a click on a header, filters and pages.
 * columns: [{ key, label, num, format, value: row => …, cell: row => Node }]
 * state: an object with sort, page and filter, written back through `changed`.
 */
export function table(all, rows, { caption, state = {}, changed = () => {}, pageSize = 25, filters = false, name = "rows" } = {}) {
  const root = el("div", { class: "listing" });
  const body = el("tbody");
  const heads = el("tr");
  const foot = el("div", { class: "pages" });
  const value = (column, row) => column.value ? column.value(row) : row[column.key];
  const text = (column, row) => {
    const found = value(column, row);
    return column.format ? column.format(found) : found === null || found === undefined ? "–" : String(found);
  };
  // A column that no row fills tells nothing.
  const columns = all.filter((column) => !column.num || rows.some((row) => value(column, row) !== null && value(column, row) !== undefined));
  function chosen() {
    const wanted = (state.filter ?? "").toLowerCase();
    let shown = wanted ? rows.filter((row) => columns.some((column) => text(column, row).toLowerCase().includes(wanted))) : rows.slice();
    const [key, direction] = (state.sort ?? "").split(":");
    const column = columns.find((column) => column.key === key);
    if (column) {
      const sign = direction === "asc" ? 1 : -1;
      shown.sort((a, b) => {
        const [x, y] = [value(column, a), value(column, b)];
        if (x === y) return 0;
        if (x === null || x === undefined) return 1;
        if (y === null || y === undefined) return -1;
        return (x < y ? -1 : 1) * sign;
      });
    }
    return shown;
  }
  function draw() {
    const shown = chosen();
    const pages = Math.max(1, Math.ceil(shown.length / pageSize));
    const page = Math.min(Math.max(1, Number(state.page) || 1), pages);
    const [key, direction] = (state.sort ?? "").split(":");
    heads.replaceChildren(...columns.map((column) => {
      const sorted = column.key === key;
      return el("th", { scope: "col", class: column.num ? "num" : "", "aria-sort": sorted ? (direction === "asc" ? "ascending" : "descending") : null },
        column.label
          ? el("button", { type: "button", title: column.help ?? `Sort by ${column.label}`, onclick: () => {
              state.sort = `${column.key}:${sorted && direction === "desc" ? "asc" : sorted ? "desc" : column.num ? "desc" : "asc"}`;
              state.page = null;
              update(column.key);
            } }, column.label, sorted ? (direction === "asc" ? " ▲" : " ▼") : "")
          : el("span", { class: "visually-hidden" }, "Actions"));
    }));
    body.replaceChildren(...shown.slice((page - 1) * pageSize, page * pageSize).map((row) =>
      el("tr", {}, columns.map((column) =>
        el("td", { class: column.num ? "num" : column.wide ? "text" : "", "data-label": column.label }, column.cell ? column.cell(row) : text(column, row))))));
    const step = (delta, label) => el("button", { type: "button", disabled: page + delta < 1 || page + delta > pages, onclick: () => {
      state.page = page + delta;
      update();
    } }, label);
    foot.replaceChildren();
    if (pages > 1) append(foot, [step(-1, "Previous"), el("span", {}, `Page ${page} of ${pages}`), step(1, "Next")]);
    if (pages > 1 || filters) append(foot, [el("span", { class: "faint", role: "status" },
      shown.length === rows.length ? count(rows.length, name) : `${format.whole(shown.length)} of ${count(rows.length, name)}`)]);
    order.value = state.sort ?? "";
  }
  function update(focus = null) {
    changed(state);
    draw();
    if (focus) heads.children[columns.findIndex((column) => column.key === focus)]?.querySelector("button")?.focus();
  }
  // Where rows are stacked, there are no headers to click.
  const sortable = columns.filter((column) => column.label);
  const order = el("select", { "aria-label": "Order", onchange: () => { state.sort = order.value || null; state.page = null; update(); } },
    el("option", { value: "" }, "in the given order"),
    sortable.flatMap((column) => (column.num ? ["desc", "asc"] : ["asc", "desc"]).map((direction) =>
      el("option", { value: `${column.key}:${direction}` }, `${column.label}, ${direction === "asc" ? "ascending" : "descending"}`))));
  if (rows.length > 1) append(root, [el("div", { class: "tools stacked-only" }, order)]);
  if (filters) {
    const input = el("input", { type: "search", value: state.filter ?? "", placeholder: "Filter the rows", "aria-label": "Filter the rows", oninput: () => {
      state.filter = input.value || null;
      state.page = null;
      update();
    } });
    append(root, [el("div", { class: "tools" }, input)]);
  }
  draw();
  append(root, [
    el("div", { class: "scroll", tabindex: 0, role: "region", "aria-label": caption ?? "Table" },
      el("table", {}, caption ? el("caption", {}, caption) : null, el("thead", {}, heads), body)), foot]);
  return root;
}

/** Saves rows as a CSV file. */
export function saveCSV(name, columns, rows) {
  const cell = (x) => x === null || x === undefined ? "" : /[",\n\r]/.test(String(x)) ? `"${String(x).replaceAll('"', '""')}"` : String(x);
  const lines = [columns.map((c) => cell(c.key)), ...rows.map((row) => columns.map((c) => cell(c.value ? c.value(row) : row[c.key])))];
  save(name, lines.map((line) => line.join(",")).join("\r\n"), "text/csv");
}

export function save(name, text, type) {
  const link = el("a", { href: URL.createObjectURL(new Blob([text], { type })), download: name });
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 1000);
}

// Pages whose state is the address

/** The state in the address; empty texts are absent. */
export function address() {
  return Object.fromEntries([...new URLSearchParams(location.search)].filter(([, value]) => value !== ""));
}

/** Writes the state into the address; `push` makes a step that Back returns to. */
export function setAddress(state, push = false) {
  const entries = Object.entries(state).filter(([, value]) => value !== null && value !== undefined && value !== "" && value !== false);
  const search = new URLSearchParams(entries.map(([name, value]) => [name, String(value)])).toString();
  const next = location.pathname + (search ? `?${search}` : "");
  if (next === location.pathname + location.search) return;
  history[push ? "pushState" : "replaceState"](null, "", next);
}

export function link(page, state) {
  const search = new URLSearchParams(Object.entries(state).filter(([, value]) => value !== null && value !== undefined && value !== ""));
  return `${page}?${search}`;
}

/**
 * A page with a form and an answer. The address holds the form's values, so every answer has an address, and Back works.
 * fields: [{ name, label, type, required, value, options, wide, help }]
 * run(state, signal): makes the answer's content, an element. complete(state): whether there is enough to ask.
 */
export function formPage({ fields, examples = [], button = "Show", run, empty }) {
  const names = fields.map((field) => field.name);
  const inputs = {};
  const form = el("form", { class: "bar", role: "search", onsubmit: (event) => {
    event.preventDefault();
    const state = {};
    for (const field of fields) {
      const input = inputs[field.name];
      const value = field.type === "check" ? (input.checked ? "1" : "") : input.value.trim();
      if (value && value !== String(field.value ?? "")) state[field.name] = value;
    }
    setAddress(state, true);
    show();
  } }, fields.map((field) => {
    const common = { name: field.name, required: field.required, title: field.help, id: `field-${field.name}` };
    const input =
      field.type === "select" ? el("select", common, field.options.map((o) => el("option", { value: o.value ?? o }, o.label ?? format.words(o))))
      : field.type === "textarea" ? el("textarea", { ...common, spellcheck: "false", placeholder: field.placeholder })
      : field.type === "check" ? el("input", { ...common, type: "checkbox" })
      : el("input", {
          ...common, type: field.type ?? "text", placeholder: field.placeholder, list: field.list, min: field.min, max: field.max,
          step: field.step, autocomplete: "off", spellcheck: field.wide ? "true" : "false", autofocus: field.autofocus,
        });
    inputs[field.name] = input;
    return field.type === "check" ? el("label", { class: "check" }, input, field.label)
      : el("label", { class: `field${field.wide ? " wide" : ""}` }, field.label, input);
  }), el("button", { class: "primary" }, button));
  const answer = el("div", { id: "answer", "aria-live": "off" });
  append(main, [form, answer]);
  let current = null;

  function fill(state) {
    for (const field of fields) {
      const value = state[field.name] ?? field.value ?? "";
      if (field.type === "check") inputs[field.name].checked = Boolean(value);
      else inputs[field.name].value = value;
    }
  }

  async function show() {
    const state = { ...Object.fromEntries(fields.filter((f) => f.value !== undefined).map((f) => [f.name, String(f.value)])), ...address() };
    fill(state);
    current?.abort();
    current = new AbortController();
    const { signal } = current;
    const missing = fields.filter((field) => field.required && !state[field.name]);
    if (missing.length > 0) {
      answer.replaceChildren();
      append(answer, [empty ? empty() : null, examples.length ? el("h2", {}, "Examples") : null,
        examples.length ? el("ul", { class: "examples" }, examples.map((example) => el("li", {}, el("a", { href: link(location.pathname, example.state) }, example.label)))) : null]);
      return;
    }
    answer.replaceChildren(working());
    answer.setAttribute("aria-busy", "true");
    try {
      const content = await run(state, signal);
      if (!signal.aborted) answer.replaceChildren(...[content].flat(Infinity).filter(Boolean));
    } catch (error) {
      if (error.name !== "AbortError" && !signal.aborted) answer.replaceChildren(failed(error, show));
    } finally {
      if (!signal.aborted) answer.removeAttribute("aria-busy");
    }
  }
  addEventListener("popstate", show);
  return { show, inputs, names, form };
}

/** Offers the store's names and days in a form, and fills in a day where one is wanted. */
export async function offer(page, { days = [], symbols = [] }) {
  try {
    const held = await store();
    for (const name of days) {
      const input = page.inputs[name];
      if (held.first_day) Object.assign(input, { min: held.first_day, max: held.last_day });
    }
    if (symbols.length) {
      const list = el("datalist", { id: "symbols" }, held.symbols.slice(0, 2000).map((symbol) => el("option", { value: symbol })));
      document.body.append(list);
      for (const name of symbols) page.inputs[name].setAttribute("list", "symbols");
    }
    return held;
  } catch {
    // The form works without hints, and the page's own request tells what is wrong.
    return null;
  }
}

/** How a question was read: what was understood and what was not. */
export function understanding(answer) {
  const chips = (texts, kind) => el("ul", { class: "chips" }, texts.map((text) => el("li", { class: `chip plain ${kind}` }, text)));
  return el("dl", { class: "read" },
    answer.constraints?.length ? [el("dt", {}, "Understood"), el("dd", {}, chips(answer.constraints, ""))] : null,
    answer.not_understood?.length ? [el("dt", {}, "Not understood"), el("dd", {}, chips(answer.not_understood, "missed"))] : null);
}
