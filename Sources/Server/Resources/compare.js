import { call, el, format, formPage, notice, table, understanding } from "/assets/shared.js";

const page = formPage({
  fields: [
    { name: "question", label: "Question", required: true, wide: true, placeholder: "puts expiring this week" },
    { name: "k", label: "Results per model", type: "number", min: 1, max: 1000, value: "10" },
  ],
  button: "Compare",
  examples: ["puts expiring this week", "deep in the money calls with high volume"].map((question) => ({ label: question, state: { question } })),
  run,
});

async function run(state, signal) {
  const answer = await call("/v1/compare", { question: state.question, k: Number(state.k) }, signal);
  const places = Array.from({ length: Math.max(0, ...answer.models.map((model) => model.results.length)) }, (_, index) => ({ place: index + 1 }));
  return [
    understanding(answer),
    answer.models.length < 2 ? notice("", `The store has one model, ${answer.models.map((model) => model.model).join()}. `, "Generate the store with more models to compare them.") : null,
    el("div", { class: "cards" }, answer.models.map((model) => el("div", { class: "card" }, el("b", {}, model.model),
      el("span", {}, `${format.fixed(1)(model.elapsed_ms)} ms${model.precision === null || model.precision === undefined ? "" : `, ${format.percent(model.precision)} meet every constraint`}`)))),
    answer.pairs.length ? table([
      { key: "models", label: "models", value: (pair) => pair.models.join(" and ") }, { key: "overlap", label: "in common", num: true, format: format.percent },
      { key: "kendall_tau", label: "Kendall’s tau", num: true, format: format.fixed(2), help: "Agreement in the order of shared results: 1 equal, −1 reversed" },
    ], answer.pairs, { caption: "How far the models agree", name: "pairs" }) : null,
    el("h2", {}, "Results, best first"),
    table([
      { key: "place", label: "place", num: true },
      ...answer.models.map((model) => ({ key: model.model, label: model.model, value: (row) => {
        const found = model.results[row.place - 1];
        return found ? `${found.contract ?? found.symbol} ${found.quote_date}` : null;
      } })),
    ], places, { caption: null, pageSize: 50, name: "places" }),
  ];
}

page.show();
