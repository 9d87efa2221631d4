import { address, append, call, el, format, formPage, link, notice, offer, table } from "/assets/shared.js";
import { bandChart, lineChart } from "/assets/charts.js";

const measures = [["iv30", "IV30"], ["hv20", "HV20"], ["skew25", "skew"], ["term_slope", "term slope"], ["put_call_volume", "put/call volume"]];

const page = formPage({
  fields: [
    { name: "symbol", label: "Ticker", required: true, placeholder: "AAPL" },
    { name: "as_of", label: "As of", type: "date", help: "Last day to use" },
    { name: "sensitivity", label: "Sensitivity", type: "number", min: "0.1", max: 100, step: "0.1", value: "2", help: "Threshold for a change, in standard errors" },
    { name: "clusters", label: "Kinds of days", type: "number", min: 1, max: 50, value: "4" },
  ],
  run,
});

async function run(state, signal) {
  const request = { symbol: state.symbol, sensitivity: Number(state.sensitivity), clusters: Number(state.clusters) };
  if (state.as_of) request.as_of = state.as_of;
  const answer = await call("/v1/regimes", request, signal);
  const states = await call("/v1/measures", { symbol: state.symbol, to: answer.as_of }, signal);
  const rows = new Map(states.results.map((row) => [row.date, row]));
  const marks = answer.change_points.map((point) => ({ at: answer.days.indexOf(point.day), label: `${point.day}: ${point.strength.toFixed(1)} standard errors` }))
    .filter((mark) => mark.at >= 0);
  const series = (key) => answer.days.map((day) => rows.get(day)?.[key] ?? NaN);
  const averages = Object.keys(answer.regimes[0]?.averages ?? {});
  return [
    bandChart(`${state.symbol.toUpperCase()}: the kind of each day`, answer.days, answer.labels, answer.regimes.map((regime) => `kind ${regime.label}`)),
    lineChart("Implied and realised volatility; dashes are changes of level", {
      labels: answer.days, marks, format: format.percent, lines: measures.slice(0, 2).map(([key, name]) => ({ name, values: series(key) })),
    }),
    el("h2", {}, "Changes of level"),
    answer.change_points.length
      ? table([
          { key: "day", label: "day" }, { key: "strength", label: "standard errors", num: true, format: format.fixed(1) },
          { key: "known_on", label: "known on", help: "The first day on which the change could be detected" },
          { key: "shifts", label: "what changed", wide: true, value: (row) => row.shifts.slice(0, 3).map((s) => `${format.words(s.name)} ${s.before.toFixed(3)} → ${s.after.toFixed(3)}`).join(", ") },
          { key: "like", label: "", value: () => null, cell: (row) => el("a", { href: link("/regimes", { symbol: state.symbol, day: row.day }) }, "Days like it") },
        ], answer.change_points, { caption: null, name: "changes" })
      : notice("", "No change of level. ", "Lower the sensitivity to see weaker ones."),
    el("h2", {}, "Kinds of days"),
    table([
      { key: "label", label: "kind", num: true }, { key: "days", label: "days", num: true, format: format.whole },
      { key: "share", label: "share", num: true, format: format.percent },
      ...averages.map((name) => ({ key: name, label: format.words(name), num: true, value: (row) => row.averages[name], format: format.fixed(3) })),
      { key: "first_day", label: "first" }, { key: "last_day", label: "last" },
    ], answer.regimes, { caption: "Averages of the measures", name: "kinds" }),
    state.day ? await analogs(state, signal) : null,
  ];
}

async function analogs(state, signal) {
  const answer = await call("/v1/analogs", { symbol: state.symbol, date: state.day }, signal);
  const horizons = answer.summary.map((one) => one.horizon);
  return [el("h2", {}, `Days like ${state.day}`), answer.results.length
    ? table([
        { key: "day", label: "day" }, { key: "distance", label: "distance", num: true, format: format.fixed(2) },
        ...horizons.map((horizon) => ({ key: `after ${horizon}`, label: `after ${horizon}`, num: true, value: (row) => row.followed[horizon], format: format.percent })),
      ], answer.results, { caption: "Returns of the underlying afterwards, in sessions", name: "days" })
    : notice("", "No earlier day is at least ten sessions away.")];
}

page.show();
const held = await offer(page, { days: ["as_of"], symbols: ["symbol"] });
if (held && !address().symbol) {
  append(document.getElementById("answer"), [notice("", "Choose a ticker: ", held.symbols.slice(0, 20).flatMap((symbol, index) =>
    [index ? ", " : "", el("a", { href: link("/regimes", { symbol }) }, symbol)]), held.symbols.length > 20 ? " …" : ".")]);
}
