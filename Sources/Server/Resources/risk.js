import { call, el, Failure, format, formPage, notice, offer, table } from "/assets/shared.js";

const page = formPage({
  fields: [
    { name: "positions", label: "Positions, one per line: contract or ticker, comma, quantity (negative if sold)", type: "textarea", required: true, wide: true, placeholder: "AAPL140621C00650000,-2\nAAPL,200" },
    { name: "date", label: "Day", type: "date", required: true },
    { name: "rate", label: "Rate", type: "number", min: -1, max: 1, step: "0.001", value: "0", help: "Annual, such as 0.02" },
  ],
  button: "Compute",
  run,
  empty: () => notice("", "Enter positions and a day of the store. The prices are the mids at the close of that day."),
});

function read(text) {
  return text.split("\n").map((line) => line.trim()).filter((line) => line && line.toLowerCase() !== "contract,quantity").map((line) => {
    const [contract, quantity] = line.split(/[,;\t]/).map((cell) => cell?.trim());
    if (!contract || !quantity || !Number.isFinite(Number(quantity)) || Number(quantity) === 0) {
      throw new Failure("A position is wrong", `“${line}” is not a contract and a quantity other than 0.`, "Write AAPL140621C00650000,-2");
    }
    return { contract, quantity: Number(quantity) };
  });
}

async function run(state, signal) {
  const answer = await call("/v1/risk", { positions: read(state.positions), date: state.date, rate: Number(state.rate) }, signal);
  const exposure = [["market_value", "value"], ["delta", "delta, $"], ["gamma", "gamma 1 %"], ["theta", "theta per day"], ["vega", "vega per point"]];
  const rows = [...answer.positions.map((p) => ({ name: p.contract ?? p.underlying, quantity: p.quantity, ...p.exposure })), { name: "Total", quantity: null, ...answer.total }];
  const moves = [...new Set(answer.scenarios.map((s) => s.sigmas))].sort((a, b) => a - b);
  const changes = [...new Set(answer.scenarios.map((s) => s.volatility_change))].sort((a, b) => a - b);
  const profit = (move, change) => answer.scenarios.find((s) => s.sigmas === move && s.volatility_change === change)?.profit ?? null;
  const sign = (x) => x > 0 ? "+" : "";
  return [
    answer.not_priced.map((one) => notice("warn", el("strong", {}, `${one.contract ?? one.underlying} is not priced: `), one.reason)),
    answer.positions.length ? [
      table([
        { key: "name", label: "position" }, { key: "quantity", label: "quantity", num: true, format: format.whole },
        ...exposure.map(([key, label]) => ({ key, label, num: true, format: format.dollars })),
      ], rows, { caption: `Exposures at the close of ${answer.as_of}`, name: "lines" }),
      el("h2", {}, "Scenarios"),
      el("div", { class: "scroll heat", tabindex: 0, role: "region", "aria-label": "Scenarios" }, el("table", {},
        el("caption", {}, "Profit by move of the underlyings, in daily standard deviations, and by relative change of implied volatility"),
        el("thead", {}, el("tr", {}, el("th", { scope: "col" }, "move"), changes.map((change) => el("th", { scope: "col", class: "num" }, `IV ${sign(change)}${(100 * change).toFixed(0)} %`)))),
        el("tbody", {}, moves.map((move) => el("tr", {}, el("th", { scope: "row" }, `${sign(move)}${move} σ`),
          changes.map((change) => el("td", { class: "num", "data-sign": Math.sign(profit(move, change) ?? 0) }, format.dollars(profit(move, change))))))))),
    ] : notice("warn", "No position could be priced."),
    el("p", { class: "faint" }, answer.assumptions),
  ];
}

page.show();
const held = await offer(page, { days: ["date"] });
if (held?.last_day && !page.inputs.date.value) page.inputs.date.value = held.last_day;
