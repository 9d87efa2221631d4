import { address, append, call, el, format, formPage, link, notice, offer, sentence, table } from "/assets/shared.js";
import { payoffChart } from "/assets/charts.js";

const page = formPage({
  fields: [
    { name: "date", label: "Day", type: "date", required: true },
    { name: "symbols", label: "Underlyings", placeholder: "all", help: "Tickers, separated by commas" },
    { name: "fee", label: "Fee per contract, $", type: "number", min: 0, step: "0.01", value: "0.65" },
    { name: "k", label: "Candidates", type: "number", min: 1, max: 1000, value: "50" },
  ],
  button: "Find",
  run,
});

async function run(state, signal) {
  const answer = await call("/v1/arbitrage", {
    date: state.date, symbols: (state.symbols ?? "").split(",").map((s) => s.trim()).filter(Boolean), fee: Number(state.fee), k: Number(state.k),
  }, signal);
  const rejected = Object.entries(answer.rejected).filter(([, count]) => count > 0);
  return [
    el("div", { class: "cards" },
      card(format.whole(answer.found), "candidates"), card(format.whole(answer.quotes), "quotes examined"),
      card(format.whole(answer.too_small), "need more contracts than the quotes show")),
    answer.candidates.length ? notice("warn", "Most candidates cannot be traded: end-of-day quotes of different contracts are not from the same moment. Each row lists reasons to doubt it.") : null,
    answer.candidates.length
      ? table([
          { key: "underlying", label: "underlying" },
          { key: "family", label: "family", format: format.words },
          { key: "days_to_expiry", label: "days", num: true },
          { key: "profit", label: "profit per share", num: true, format: format.fixed(4) },
          { key: "size", label: "packages", num: true, format: format.whole },
          { key: "profit_dollars", label: "profit, $", num: true, format: format.fixed(2) },
          { key: "cost", label: "cost", num: true, format: format.fixed(2) },
          { key: "legs", label: "legs, payoff and reasons to doubt it", wide: true, value: (row) => row.legs.length, cell: details },
        ], answer.candidates, { caption: `Quotes of ${answer.as_of}`, name: "candidates" })
      : notice("", `No package of ${answer.as_of} has a certain profit after fees. `, Number(state.fee) > 0 ? "Try another day, all underlyings, or a fee of 0." : "Try another day, or all underlyings."),
    rejected.length ? el("details", {}, el("summary", {}, "Quotes left out"), el("ul", {}, rejected.map(([reason, count]) => el("li", {}, `${format.whole(count)} ${format.words(reason)}`)))) : null,
  ];
}

function details(row) {
  const sign = (leg) => leg.side === "buy" ? 1 : -1;
  const oneExpiry = new Set(row.legs.map((leg) => leg.expiration).filter(Boolean)).size <= 1;
  return el("details", {}, el("summary", {}, `${row.legs.length} legs`),
    el("ul", {}, row.legs.map((leg) => el("li", {}, `${leg.side} ${leg.ratio} × ${leg.contract ?? `${leg.symbol ?? row.underlying} shares`} at ${leg.price.toFixed(2)}`))),
    oneExpiry ? payoffChart("Profit per share at expiry, without fees and interest", row.legs.map((leg) => ({
      kind: leg.contract ? leg.kind : "stock", strike: leg.strike ?? NaN, quantity: sign(leg) * leg.ratio, price: leg.price,
    })), null) : el("p", { class: "faint" }, "The legs expire on different days: the payoff depends on a model."),
    row.against.map((reason) => notice("warn", sentence(reason))));
}

function card(value, label) { return el("div", { class: "card" }, el("b", {}, value), el("span", {}, label)); }

page.show();
const held = await offer(page, { days: ["date"] });
if (held?.last_day && !address().date) {
  page.inputs.date.value = held.last_day;
  append(document.getElementById("answer"), [notice("", `Choose a day from ${held.first_day} to ${held.last_day}, or look at `,
    el("a", { href: link("/arbitrage", { date: held.last_day }) }, "the last day"), ".")]);
}
