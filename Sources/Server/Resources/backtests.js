import { address, append, call, count, el, failed, format, link, main, notice, save, saveCSV, sentence, setAddress, table, working } from "/assets/shared.js";
import { heatMap, lineChart } from "/assets/charts.js";

const answer = el("div", { id: "answer" });
append(main, [answer]);

const optional = (format) => (x) => x === null || x === undefined ? "–" : format(x);
const percent = optional((x) => `${format.fixed(2)(100 * x)}%`);
const decimal = optional(format.fixed(2));
// The original gives percent.
const hundredth = optional((x) => `${format.fixed(2)(x)}%`);

async function show() {
  const state = address();
  answer.replaceChildren(working());
  answer.setAttribute("aria-busy", "true");
  try {
    const content = state.id ? await report(state.id) : await list();
    answer.replaceChildren(...content.flat(Infinity).filter(Boolean));
  } catch (error) {
    answer.replaceChildren(failed(error, show));
  } finally {
    answer.removeAttribute("aria-busy");
  }
}

// The list

async function list() {
  const found = await call("/v1/backtests");
  const skipped = Object.entries(found.not_read).map(([name, reason]) => notice("warn", `${name} is not shown: it ${reason}.`));
  if (!found.has_folder) {
    return [notice("", "This server shows no backtests. Start it with ", el("code", {}, "tapedeck serve --backtests FOLDER"), ".")];
  }
  if (!found.results.length) {
    return [notice("", "The folder has no reports. Write one with ", el("code", {}, "tapedeck backtest … --output FOLDER/NAME.json"), "."), skipped];
  }
  return [
    table([
      { key: "id", label: "backtest", cell: (row) => el("a", { href: link("/backtests", { id: row.id }) }, row.id) },
      { key: "first_day", label: "from" }, { key: "last_day", label: "to" }, { key: "trades", label: "trades", num: true, format: format.whole },
      { key: "total_return", label: "total return", num: true, format: percent }, { key: "sharpe", label: "Sharpe", num: true, format: decimal },
      { key: "max_drawdown", label: "largest drawdown", num: true, format: percent },
      { key: "certificate_passed", label: "look-ahead", value: (row) => row.certificate_passed === null ? "not checked" : row.certificate_passed ? "none found" : "found" },
      { key: "simulated", label: "data", value: (row) => row.simulated ? "simulated" : row.rules === "original" ? "original's rules" : "market" },
      { key: "written", label: "written", value: (row) => row.written.replace("T", " ").replace("Z", "") },
    ], found.results, { caption: "Reports in the folder, newest first", filters: found.results.length > 10, name: "backtests" }),
    skipped,
  ];
}

// One report

async function report(id) {
  const found = await call(`/v1/backtests/${encodeURIComponent(id)}`);
  const original = found.rules === "original";
  const figure = (name) => found.metrics[name] ?? null;
  const days = found.equity.map((point) => point.date);
  const benchmark = found.equity.some((point) => Number.isFinite(point.benchmark));
  document.title = `${id} · Backtests · Tapedeck`;
  return [
    el("div", { class: "tools" }, el("a", { href: "/backtests" }, "All backtests"),
      // Not links: those would carry no token.
      el("button", { type: "button", onclick: () => save(`${id}.json`, JSON.stringify(found, null, 1), "application/json") }, "Save as JSON"),
      el("button", { type: "button", onclick: () => saveCSV(`${id}.csv`, tradeColumns(original), positions(found)) }, "Save trades as CSV")),
    el("h2", {}, id),
    el("p", { class: "faint" }, `${days[0] ?? "–"} to ${days.at(-1) ?? "–"}, ${count(found.trades.length, "decisions")} of up to ${count(Number(found.settings.top_k), "stocks")} held for `
      + `${count(Number(found.settings.horizon), "sessions")}, up to ${found.settings.subset_size} of ${found.settings.pool} tickers drawn each time.`),
    honesty(found, original),
    el("h2", {}, "Results"),
    cards(found, original),
    lineChart("Value of the portfolio, in dollars", {
      labels: days, format: format.whole,
      lines: [{ name: "strategy", values: found.equity.map((point) => point.value) },
        ...(benchmark ? [{ name: "equal-weight pool", values: found.equity.map((point) => point.benchmark) }] : [])],
    }),
    lineChart("Drawdown from the highest value before", { labels: days, lines: [{ name: "drawdown", values: found.equity.map((point) => point.drawdown) }], format: percent, zero: true, height: 180 }),
    months(found.monthly),
    benchmarks(found, figure),
    quality(found),
    trials(found),
    cache(found),
    trades(found, original),
    el("h2", {}, "Settings"),
    el("details", {}, el("summary", {}, "How the backtest was run, and on what"),
      el("dl", { class: "read long" }, Object.entries({ ...found.settings, ...found.fingerprints }).map(([name, value]) => [el("dt", {}, format.words(name)), el("dd", {}, value)]))),
  ];
}

/** What speaks against the figures. */
function honesty(found, original) {
  const figure = (name) => found.metrics[name] ?? null;
  const { certificate } = found;
  const checked = certificate.checked_days.length;
  const lines = [];
  if (found.simulated) lines.push("The data is simulated. These figures say nothing about any market.");
  lines.push(...found.warnings.map(sentence));
  lines.push(certificate.reason ? `Look-ahead was not checked: ${certificate.reason}.`
    : certificate.passed ? `${checked} of ${found.trades.length} decisions were repeated with noise in place of everything after their day, and stayed the same.`
    : `Look-ahead was found: ${certificate.failures[0]}.`);
  if (!original) {
    const interval = figure("sharpe_low") === null ? "" : ` Its 95% interval is ${decimal(figure("sharpe_low"))} to ${decimal(figure("sharpe_high"))}.`;
    lines.push(`The true Sharpe ratio is above 0 with a probability of ${decimal(figure("probabilistic_sharpe"))}.${interval}`);
    const tried = figure("trials") ?? 1;
    if (tried > 1) lines.push(`${tried} trials were run; taking them into account, that probability is ${decimal(figure("deflated_sharpe"))}.`);
    lines.push(figure("break_even_cost_bps") === null ? "The strategy loses even without costs."
      : `The strategy earns nothing at costs of ${figure("break_even_cost_bps").toFixed(1)} basis points per side.`);
    lines.push(figure("capacity") === null ? "The capacity is unknown: the price file has no volumes."
      : `With more than ${format.dollars(figure("capacity"))} at the start, over 5% of the trades would take more than ${(100 * Number(found.settings.participation)).toFixed(0)}% of a stock's daily volume.`);
  }
  return [el("h2", {}, "Reasons to doubt"), el("ul", { class: "honesty" }, lines.map((line) => el("li", {}, line)))];
}

function cards(found, original) {
  const figure = (name) => found.metrics[name] ?? null;
  const shown = original
    ? [["total_return_pct", "total return", hundredth], ["sharpe_ratio", "Sharpe", decimal], ["max_drawdown_pct", "largest drawdown", hundredth], ["win_rate", "trades that gained", hundredth]]
    : [["total_return", "total return", percent], ["cagr", "a year (CAGR)", percent], ["sharpe", "Sharpe", decimal], ["sortino", "Sortino", decimal],
      ["volatility", "annual volatility", percent], ["max_drawdown", "largest drawdown", percent], ["win_rate", "trades that gained", percent], ["turnover", "turnover per fill", percent],
      ["beta", "beta", decimal], ["cvar95", "mean of the worst 5% of sessions", percent]];
  return el("div", { class: "cards" }, shown.map(([name, label, text]) => el("div", { class: "card" }, el("b", {}, text(figure(name))), el("span", {}, label))));
}

function months(rows) {
  if (!rows.length) return null;
  const years = [...new Set(rows.map((row) => row.year))].sort();
  const names = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
  const value = (year, month) => rows.find((row) => row.year === year && row.month === month)?.return ?? null;
  return heatMap("Returns by month", {
    rows: years.map(String), columns: names, values: years.map((year) => names.map((_, index) => value(year, index + 1))), format: percent, corner: "year",
  });
}

function benchmarks(found, figure) {
  if (!found.benchmarks.length) return null;
  const rows = [
    { name: "strategy", total: figure("total_return"), sharpe: figure("sharpe"), drawdown: figure("max_drawdown"), turnover: figure("turnover") },
    ...found.benchmarks.map((one) => ({ name: one.name, total: one.metrics.total_return, sharpe: one.metrics.sharpe, drawdown: one.metrics.max_drawdown, turnover: one.turnover, rank: one.strategy_rank })),
    ...found.costs.filter((one) => one.multiple !== 1).map((one) => ({ name: `strategy, costs × ${one.multiple}`, total: one.total_return, sharpe: one.sharpe })),
  ];
  return [el("h2", {}, "Benchmarks"), table([
    { key: "name", label: "portfolio" }, { key: "total", label: "total return", num: true, format: percent }, { key: "sharpe", label: "Sharpe", num: true, format: decimal },
    { key: "drawdown", label: "largest drawdown", num: true, format: percent }, { key: "turnover", label: "turnover", num: true, format: percent },
    { key: "rank", label: "strategy above", num: true, format: percent, help: "Share of random portfolios with a lower total return than the strategy" },
  ], rows, { caption: "The same stocks, days and costs", name: "portfolios" })];
}

function quality(found) {
  if (!found.signal_quality.length) return null;
  const decay = found.signal_decay.filter((one) => one.rank_ic !== null && one.rank_ic !== undefined);
  return [
    el("h2", {}, "Predictions and what followed"),
    table([
      { key: "horizon", label: "sessions", num: true }, { key: "days", label: "days", num: true },
      { key: "rank_ic", label: "rank correlation", num: true, format: optional(format.fixed(3)) }, { key: "ic_t", label: "t", num: true, format: optional(format.fixed(1)) },
      { key: "spread", label: "highest less lowest fifth", num: true, format: percent }, { key: "top_turnover", label: "turnover of the highest fifth", num: true, format: percent },
    ], found.signal_quality, { caption: null, name: "horizons" }),
    decay.length > 1 ? lineChart("Rank correlation of the traded predictions with the return since the fill, by session", {
      x: decay.map((one) => one.sessions), lines: [{ name: "rank correlation", values: decay.map((one) => one.rank_ic) }], zero: true, format: format.fixed(3), height: 180 }) : null,
  ];
}

function trials(found) {
  if (found.trials.length === 0) return null;
  return [el("h2", {}, "Trials with other subsets"), table([
    { key: "figure", label: "figure", format: format.words }, ...["mean", "median", "deviation", "lowest", "highest"].map((key) => ({ key, label: key, num: true, format: optional(format.fixed(4)) })),
  ], found.trials, { caption: `${found.trial_metrics.length} trials on the same days: the spread is only the noise of the subsets`, name: "figures" })];
}

function cache(found) {
  const { cache } = found;
  const misses = Object.entries(cache.misses_by_cause).map(([cause, number]) => `${format.whole(number)} ${cause}`).join(", ");
  return [el("h2", {}, "Vectors"), el("div", { class: "cards" }, [
    [format.whole(cache.hits), "from the cache"], [cache.hit_rate === null || cache.hit_rate === undefined ? "–" : percent(cache.hit_rate), "hit rate"],
    [format.whole(cache.encoded), "encoded"], [`${cache.encode_seconds.toFixed(1)} s`, "of encoding"],
    cache.encode_seconds_saved === null || cache.encode_seconds_saved === undefined ? null : [`${cache.encode_seconds_saved.toFixed(0)} s`, "saved by the cache"],
  ].filter(Boolean).map(([value, label]) => el("div", { class: "card" }, el("b", {}, value), el("span", {}, label)))),
  misses ? el("p", { class: "faint" }, `Not in the cache: ${misses}.`) : null];
}

function positions(found) {
  return found.trades.flatMap((trade) => trade.positions.map((position) => ({ ...position, date: trade.date, fill: trade.fill_date, exit: trade.exit_date })));
}

function trades(found, original) {
  const state = { sort: address().sort, filter: address().filter, page: address().page };
  return [el("h2", {}, "Trades"), table(tradeColumns(original), positions(found), {
    caption: null, filters: true, name: "positions", state, changed: (next) => setAddress({ ...address(), ...next }) })];
}

function tradeColumns(original) {
  return [
    { key: "ticker", label: "stock", value: (row) => row.ticker, cell: (row) => [el("strong", {}, row.ticker), row.delisted ? " (stopped trading)" : ""] },
    { key: "date", label: "decided" }, ...(original ? [] : [{ key: "fill", label: "filled" }, { key: "exit", label: "sold" }]),
    { key: "expected_return", label: "expected", num: true, format: original ? optional(format.fixed(4)) : percent },
    { key: "gain_probability", label: "probability of a gain", num: true, format: percent }, { key: "confidence", label: "confidence", num: true, format: decimal },
    { key: "buy_price", label: "bought at", num: true, format: decimal }, { key: "sell_price", label: "sold at", num: true, format: decimal },
    { key: "gross_return", label: "return", num: true, format: percent }, { key: "cluster", label: "cluster", num: true }, { key: "distance", label: "distance", num: true, format: decimal },
    { key: "cache_hit", label: "vector", value: (row) => row.cache_hit === null || row.cache_hit === undefined ? null : row.cache_hit ? "cache" : "encoded" },
  ];
}

addEventListener("popstate", show);
show();
