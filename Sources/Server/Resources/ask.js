import { address, append, call, el, failed, format, formPage, link, notice, save, saveCSV, sentence, setAddress, store, table, working } from "/assets/shared.js";
import { payoffChart } from "/assets/charts.js";

const examples = [
  "deep in the money calls with high volume",
  "Apple puts expiring this week",
  "most traded puts with IV over 40%",
  "average IV by month",
  "how many calls expire within a week",
];

const columns = [
  { key: "contract", label: "contract", value: (row) => row.contract ?? row.symbol, cell: (row) => el("strong", {}, row.contract ?? row.symbol) },
  { key: "quote_date", label: "quoted" },
  { key: "days_to_expiry", label: "days", num: true, help: "Calendar days to expiry" },
  { key: "strike", label: "strike", num: true, format: format.fixed(2) },
  { key: "underlying_close", label: "close", num: true, format: format.fixed(2), help: "Close of the underlying" },
  { key: "bid", label: "bid", num: true, format: format.fixed(2) },
  { key: "ask", label: "ask", num: true, format: format.fixed(2) },
  { key: "volume", label: "volume", num: true, format: format.whole },
  { key: "open_interest", label: "open int.", num: true, format: format.whole, help: "Open interest" },
  { key: "implied_volatility", label: "IV", num: true, format: format.percent, help: "Implied volatility" },
  { key: "delta", label: "delta", num: true, format: format.fixed(2) },
  { key: "similarity", label: "similarity", num: true, format: format.fixed(3), help: "Cosine between the question and the row's description" },
];

const page = formPage({
  fields: [
    { name: "q", label: "Question", required: true, wide: true, autofocus: true, placeholder: "deep in the money Apple calls with high volume" },
    { name: "k", label: "Results", type: "select", value: "", options: [{ value: "", label: "as asked" }, "20", "50", "100", "500"] },
    { name: "as_of", label: "As of", type: "date", help: "Hides every later row, and is what “today” means" },
    { name: "strict", label: "Strict", type: "check", help: "List only rows that meet every constraint" },
    { name: "semantic", label: "Similarity only", type: "check", help: "Ignore constraints in the question" },
  ],
  button: "Ask",
  examples: examples.map((question) => ({ label: question, state: { q: question } })),
  run,
});

async function run(state, signal) {
  document.querySelector("dialog.row")?.close();
  const request = { question: state.q };
  if (state.k) request.k = Number(state.k);
  if (state.as_of) request.as_of = state.as_of;
  if (state.strict) request.strict = true;
  if (state.semantic) request.semantic = true;
  const reading = call("/v1/explain", state.as_of ? { question: state.q, as_of: state.as_of } : { question: state.q }, signal);
  // Both are awaited; the first failure is shown.
  const [answer, read] = await Promise.all([call("/v1/search", request, signal), reading]);
  return [
    understood(state, answer, read),
    (answer.notes ?? []).map((note) => notice("", sentence(note))),
    answer.corrections.map((one) => notice("", `“${one.word}” was read as “${one.read_as}”.`)),
    answer.cannot_know.map((one) => notice("warn", el("strong", {}, `The data cannot answer “${one.term}”: `), sentence(one.reason), one.proxy ? ` Ask for ${one.proxy} instead.` : "")),
    answer.relaxed.length ? notice("warn", "Too few rows meet every constraint. Some of these rows miss: ", el("strong", {}, answer.relaxed.join(", ")), ". Check “Strict” to leave them out.") : null,
    answer.groups ? groups(answer) : null,
    answer.groups && answer.results.length ? el("details", {}, el("summary", {}, "Rows nearest to the question"), ...rows(state, answer)) : rows(state, answer),
  ];
}

function rows(state, answer) {
  const shownRow = answer.results.find((row) => state.show?.endsWith(`${row.contract ?? row.symbol} ${row.quote_date}`));
  // After the answer is on the page.
  if (shownRow) setTimeout(() => views[state.show.split(" ")[0]]?.(shownRow));
  const actions = rowActions();
  const shown = [...columns, { key: "actions", label: "", value: () => null, cell: actions }];
  const options = { caption: null, state, changed: (next) => setAddress({ ...address(), sort: next.sort, page: next.page, filter: next.filter }), filters: answer.results.length > 5 };
  return [
    el("div", { class: "tools" },
      el("span", { class: "grow faint" }, `${answer.matching_rows === null ? "" : `${format.whole(answer.matching_rows)} rows match. `}Answered in ${format.fixed(1)(answer.elapsed_ms)} ms.`),
      answer.results.some((row) => row.contract) ? el("a", { href: link("/outcomes", { question: state.q, k: state.k, as_of: state.as_of }) }, "What happened afterwards") : null,
      el("a", { href: link("/evolution", { question: state.q }) }, "By year"),
      answer.results.length ? [
        el("button", { type: "button", onclick: () => saveCSV("answer.csv", [...columns, { key: "description" }], answer.results) }, "Save as CSV"),
        el("button", { type: "button", onclick: () => save("answer.json", JSON.stringify(answer, null, 2), "application/json") }, "Save as JSON")] : null),
    answer.results.length
      ? table(shown, answer.results, options)
      : answer.groups ? null : notice("", "No row answers this question. ", state.as_of ? "Remove a constraint above, or choose a later day." : "Remove a constraint above."),
  ];
}

const encoder = new TextEncoder();
const decoder = new TextDecoder();
const removable = new Set(["constraint", "measure", "order", "limit", "group"]);

/** The question without the words of a step; ranges are in bytes. */
function without(question, [start, end]) {
  const bytes = encoder.encode(question);
  return `${decoder.decode(bytes.slice(0, start))} ${decoder.decode(bytes.slice(end))}`.replaceAll(/\s+/g, " ").trim();
}

function understood(state, answer, read) {
  const steps = read.steps.filter((step) => removable.has(step.use));
  const chips = steps.map((step) => el("li", { class: "chip", title: step.reading },
    el("span", {}, step.text),
    el("button", { type: "button", "aria-label": `Remove “${step.text}” from the question`, title: "Remove from the question", onclick: () => {
      const q = without(state.q, step.range);
      setAddress({ ...address(), q, page: null }, true);
      page.show();
      page.inputs.q.focus();
    } }, "×")));
  const words = answer.not_understood.map((text) => el("li", { class: "chip plain missed", title: "Counts only toward the similarity" }, text));
  return el("section", { "aria-label": "How the question was read" },
    el("dl", { class: "read" },
      chips.length && !state.semantic ? [el("dt", {}, "Understood"), el("dd", {}, el("ul", { class: "chips" }, chips))] : null,
      words.length ? [el("dt", {}, "Not understood"), el("dd", {}, el("ul", { class: "chips" }, words))] : null,
      answer.constraints.length ? [el("dt", {}, "Constraints"), el("dd", {}, answer.constraints.join(" · "))] : null),
    read.steps.length ? el("details", {}, el("summary", {}, "How each word was read"),
      table([
        { key: "text", label: "words" }, { key: "use", label: "use", format: (use) => use === "notUnderstood" ? "not understood" : use },
        { key: "reading", label: "reading", wide: true },
      ], read.steps, { caption: "Words of the question", pageSize: 100, name: "steps" })) : null);
}

function groups(answer) {
  const keys = [...new Set(answer.groups.flatMap((group) => Object.keys(group.key)))];
  const names = [...new Set(answer.groups.flatMap((group) => Object.keys(group.values)))];
  return [el("h2", {}, "Computed"), table([
    ...keys.map((key) => ({ key: `key ${key}`, label: format.words(key), value: (group) => group.key[key] })),
    { key: "rows", label: "rows", num: true, format: format.whole },
    ...names.map((name) => ({ key: name, label: format.words(name), num: true, value: (group) => group.values[name], format: (x) => x === null || x === undefined ? "–" : Number(x.toPrecision(6)).toLocaleString("en-US") })),
  ], answer.groups, { caption: null, pageSize: 50, name: "groups" })];
}

const views = { details, similar, payoff };

/** What a row leads to; the address tells which view of which row is open. */
function rowActions() {
  const button = (row, name, label) => el("button", { type: "button", class: "link", onclick: () => {
    setAddress({ ...address(), show: `${name} ${row.contract ?? row.symbol} ${row.quote_date}` }, true);
    views[name](row);
  } }, label);
  return (row) => el("span", { class: "rows" }, button(row, "details", "Details"),
    row.contract ? [button(row, "similar", "Similar"), button(row, "payoff", "Payoff")] : null);
}

function dialog(title, ...content) {
  const box = el("dialog", { class: "row", "aria-labelledby": "dialog-title" },
    el("h2", { id: "dialog-title" }, title), content,
    el("p", {}, el("button", { type: "button", class: "primary", onclick: () => box.close() }, "Close")));
  box.addEventListener("close", () => {
    box.remove();
    setAddress({ ...address(), show: null });
  });
  document.body.append(box);
  box.showModal();
  return box;
}

function details(row) {
  const list = (texts, kind) => texts.length ? el("ul", { class: "chips" }, texts.map((text) => el("li", { class: `chip plain ${kind}` }, text))) : "–";
  const named = Object.entries(row).filter(([name, value]) => value !== null && typeof value !== "object" && !["description"].includes(name));
  dialog(row.contract ?? row.symbol,
    el("p", {}, row.description),
    el("dl", { class: "read" },
      el("dt", {}, "Meets"), el("dd", {}, list(row.satisfies, "")),
      el("dt", {}, "Misses"), el("dd", {}, list(row.misses, "missed")),
      named.map(([name, value]) => [el("dt", {}, format.words(name)), el("dd", {}, String(value))]),
      Object.entries(row.similarities ?? {}).map(([model, value]) => [el("dt", {}, `similarity, ${model}`), el("dd", {}, value.toFixed(4))]),
      el("dt", {}, "Source"), el("dd", {}, `${row.source.key}, line ${row.source.line}`)));
}

async function similar(row) {
  const place = el("div", {}, working());
  dialog(`Options like ${row.contract} on ${row.quote_date}`, place);
  try {
    const answer = await call("/v1/similar", { contract: row.contract, date: row.quote_date, k: 20 });
    place.replaceChildren(answer.results.length
      ? table([...columns.filter((c) => ["contract", "quote_date", "days_to_expiry", "strike", "implied_volatility", "delta", "similarity"].includes(c.key)),
          { key: "distance", label: "distance", num: true, format: format.fixed(2), help: "Of the numbers, in standard deviations; 0 is the same" }],
        answer.results, { caption: "On that day or before, one row per contract", pageSize: 20 })
      : notice("", "The store has no other option like this one up to that day."));
  } catch (error) {
    place.replaceChildren(failed(error));
  }
}

function payoff(row) {
  const price = row.ask ?? row.bid ?? 0;
  dialog(`Payoff of ${row.contract} at expiry`,
    el("p", { class: "faint" }, `Bought at ${row.ask === null ? "the bid, since no ask is quoted," : "the ask,"} ${format.fixed(2)(price)}; dollars per share, without fees.`),
    payoffChart(`Profit per share over the price of ${row.underlying} on ${row.expiration}`, [{ kind: row.kind, strike: row.strike, quantity: 1, price }], row.underlying_close));
}

page.show();
store().then((held) => {
  if (!held.last_day) return;
  page.inputs.as_of.min = held.first_day;
  page.inputs.as_of.max = held.last_day;
  if (!address().q) append(document.getElementById("answer"), [el("p", { class: "faint" }, `The store holds ${format.whole(held.searchable)} rows of ${format.whole(held.symbols.length)} names, ${held.first_day} to ${held.last_day}${held.simulated ? ", simulated" : ""}.`)]);
}).catch(() => {});
