import { call, count, el, format, formPage, link, notice, offer, table, understanding } from "/assets/shared.js";
import { lineChart } from "/assets/charts.js";

const page = formPage({
  fields: [
    { name: "question", label: "Question", required: true, wide: true, placeholder: "AAPL calls with high volume" },
    { name: "horizons", label: "Sessions ahead", value: "1,5,10,20" },
    { name: "side", label: "Side", type: "select", value: "buy", options: ["buy", "sell"] },
    { name: "k", label: "Results", type: "number", min: 1, max: 1000, placeholder: "as asked" },
    { name: "as_of", label: "As of", type: "date", help: "Hides later rows from the question; outcomes still use later days" },
  ],
  examples: ["calls with high volume", "puts expiring within a month"].map((question) => ({ label: question, state: { question, k: 100 } })),
  run,
});

async function run(state, signal) {
  const request = { question: state.question, side: state.side, horizons: state.horizons.split(",").map((text) => Number(text.trim())) };
  if (state.k) request.k = Number(state.k);
  if (state.as_of) request.as_of = state.as_of;
  const answer = await call("/v1/outcomes", request, signal);
  if (!answer.summary.length || answer.summary[0].cases === 0) return [understanding(answer), notice("", "No option answers the question. ", "Ask for options: outcomes of shares are not computed.")];
  const first = answer.summary[0].horizon;
  const returns = answer.results.filter((row) => row.horizon === first && row.executable_return !== null).map((row) => row.executable_return).sort((a, b) => a - b);
  const known = (row) => row.distribution ?? row;
  return [
    understanding(answer),
    table([
      { key: "horizon", label: "after", num: true, format: (x) => count(x, "sessions") },
      { key: "count", label: "cases", num: true, value: (row) => known(row).count, cell: (row) => `${known(row).count} of ${row.cases}` },
      { key: "gain_share", label: "gained", num: true, value: (row) => known(row).gain_share, format: format.percent },
      { key: "median", label: "median", num: true, value: (row) => known(row).median, format: format.percent },
      { key: "interval", label: "95 % of the median", num: true, value: (row) => known(row).interval?.low, cell: (row) => known(row).interval ? `${format.percent(known(row).interval.low)} … ${format.percent(known(row).interval.high)}` : "–" },
      { key: "mean", label: "mean", num: true, value: (row) => known(row).mean, format: format.percent },
      { key: "baseline", label: "random: median", num: true, value: (row) => row.baseline?.median, format: format.percent, help: "The same of random contracts of the same names and days" },
      { key: "expired", label: "expired", num: true }, { key: "no_later_quote", label: "no later quote", num: true },
    ], answer.summary, { caption: `Returns of ${state.side === "sell" ? "selling at the bid and buying back at the ask" : "buying at the ask and selling at the bid"}`, name: "horizons" }),
    returns.length > 2 ? lineChart(`Returns after ${count(first, "sessions")}, lowest to highest`, { x: returns.map((_, i) => i + 1), lines: [{ name: "return", values: returns }], format: format.percent, zero: true }) : null,
    el("h2", {}, "Each contract"),
    table([
      { key: "contract", label: "contract" }, { key: "quote_date", label: "quoted" }, { key: "horizon", label: "after", num: true }, { key: "status", label: "status", format: format.words },
      { key: "entry", label: "entry", num: true, format: format.fixed(2) }, { key: "exit", label: "exit", num: true, format: format.fixed(2) },
      { key: "executable_return", label: "return", num: true, format: format.percent }, { key: "underlying_return", label: "underlying", num: true, format: format.percent },
    ], answer.results, { caption: null, filters: true, name: "outcomes" }),
    el("p", {}, el("a", { href: link("/", { q: state.question, k: state.k, as_of: state.as_of }) }, "Ask this question")),
  ];
}

page.show();
offer(page, { days: ["as_of"] });
