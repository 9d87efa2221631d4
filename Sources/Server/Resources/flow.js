import { address, append, call, el, format, formPage, link, notice, offer, sentence, table } from "/assets/shared.js";

const page = formPage({
  fields: [
    { name: "date", label: "Day", type: "date", required: true },
    { name: "symbols", label: "Underlyings", placeholder: "all", help: "Tickers, separated by commas" },
    { name: "min_volume", label: "Minimum volume", type: "number", min: 0, value: "100" },
    { name: "k", label: "Events", type: "number", min: 1, max: 1000, value: "50" },
  ],
  button: "Find",
  run,
});

async function run(state, signal) {
  const answer = await call("/v1/flow", {
    date: state.date, symbols: (state.symbols ?? "").split(",").map((s) => s.trim()).filter(Boolean),
    min_volume: Number(state.min_volume), k: Number(state.k),
  }, signal);
  return [
    answer.results.length
      ? table([
          { key: "contract", label: "contract", value: (row) => row.contract ?? `${row.underlying}, all options` },
          { key: "score", label: "score", num: true, format: format.fixed(1), help: "The sum of the points of the listed reasons" },
          { key: "volume", label: "volume", num: true, format: format.whole },
          { key: "open_interest", label: "open int.", num: true, format: format.whole, help: "Open interest at the previous close" },
          { key: "notional", label: "notional", num: true, format: format.dollars, help: "Volume × mid × 100" },
          { key: "reasons", label: "reasons", wide: true, value: (row) => row.reasons.join("; ") },
        ], answer.results, { caption: `Trading of ${answer.as_of}`, filters: answer.results.length > 5, name: "events" })
      : notice("", `Nothing unusual on ${answer.as_of}. `, "Lower the minimum volume, or choose another day."),
    el("p", { class: "faint" }, `${format.whole(answer.contracts)} contracts examined. ${sentence(answer.caveat)}`),
  ];
}

page.show();
const held = await offer(page, { days: ["date"] });
if (held?.last_day && !address().date) {
  page.inputs.date.value = held.last_day;
  append(document.getElementById("answer"), [notice("", `Choose a day from ${held.first_day} to ${held.last_day}, or look at `,
    el("a", { href: link("/flow", { date: held.last_day }) }, "the last day"), ".")]);
}
