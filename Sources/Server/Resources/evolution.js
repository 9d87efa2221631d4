import { call, el, format, formPage, link, notice, table, understanding } from "/assets/shared.js";
import { lineChart } from "/assets/charts.js";

const page = formPage({
  fields: [
    { name: "question", label: "Question", required: true, wide: true, placeholder: "calls with high implied volatility" },
    { name: "start_year", label: "First year", type: "number", min: 1900, max: 2200, value: "2002" },
    { name: "end_year", label: "Last year", type: "number", min: 1900, max: 2200, value: "2030" },
  ],
  examples: ["calls with high implied volatility", "LEAPS calls", "puts with unusual options activity"].map((question) => ({ label: question, state: { question } })),
  run,
});

async function run(state, signal) {
  const answer = await call("/v1/evolution", { question: state.question, start_year: Number(state.start_year), end_year: Number(state.end_year) }, signal);
  const rows = Object.entries(answer.years).map(([year, one]) => ({ year: Number(year), ...one })).sort((a, b) => a.year - b.year);
  return [
    understanding(answer),
    answer.threshold !== undefined ? notice("", `The question has no constraints. Rows with a similarity of at least ${answer.threshold.toFixed(3)} count; 1 % of all rows reach it.`) : null,
    rows.length > 1 ? lineChart("Matches per million rows", { labels: rows.map((row) => String(row.year)), lines: [{ name: "matches per million", values: rows.map((row) => row.per_million) }], format: format.whole, zero: true }) : null,
    table([
      { key: "year", label: "year" }, { key: "matches", label: "matches", num: true, format: format.whole }, { key: "rows", label: "rows", num: true, format: format.whole },
      { key: "per_million", label: "per million", num: true, format: format.fixed(1) },
      { key: "interval", label: "95 % interval", num: true, value: (row) => row.interval[0], cell: (row) => `${format.whole(row.interval[0])} … ${format.whole(row.interval[1])}` },
      { key: "best", label: "best", value: (row) => row.best.length, cell: (row) => row.best.length ? row.best.map((one) => `${one.contract ?? one.symbol} ${one.quote_date}`).join(", ") : "–", wide: true },
    ], rows, { caption: "By year", name: "years" }),
    el("p", {}, el("a", { href: link("/", { q: state.question }) }, "Ask this question")),
  ];
}

page.show();
