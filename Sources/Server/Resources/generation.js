import { append, authorization, call, el, failed, format, main, notice, store, table, working } from "/assets/shared.js";
import { heatMap } from "/assets/charts.js";

const live = el("div");
const contents = el("div");
const years = el("div");
let [held, newest] = [null, null];
append(main, [live, contents]);

async function show() {
  contents.replaceChildren(working());
  try {
    held = await store();
    const quarantined = Object.entries(held.quarantined);
    contents.replaceChildren(
      held.simulated ? notice("", "The data is simulated.") : "",
      el("div", { class: "cards" },
        card(format.whole(held.searchable), "searchable rows"), card(format.whole(held.symbols.length), "names"), card(format.whole(held.sessions), "sessions with options"),
        card(format.whole(held.distinctDescriptions), "distinct descriptions"), card(format.whole(held.encodingsSaved), "encodings saved")),
      el("h2", {}, "Years and models"),
      years,
      table([
        { key: "year", label: "year" }, { key: "rows", label: "rows", num: true, format: format.whole }, { key: "searchable", label: "searchable", num: true, format: format.whole },
        { key: "batches", label: "batches", num: true }, { key: "inputs", label: "files", num: true, format: format.whole },
      ], held.years, { caption: null, name: "years" }),
      el("h2", {}, "Rejected rows by reason"),
      quarantined.length ? table([{ key: "reason", label: "reason", format: format.words }, { key: "count", label: "rows", num: true, format: format.whole }],
        quarantined.map(([reason, count]) => ({ reason, count })), { caption: null, name: "reasons" }) : notice("", "No row was rejected."));
    drawYears();
  } catch (error) {
    contents.replaceChildren(failed(error, show));
  }
}

/** How much of each year every model has: all of a complete year, and of others what the run at work has read. */
function drawYears() {
  if (!held) return;
  const running = newest?.is_at_work ? newest.years : [];
  const shares = new Map([...held.years.map((one) => [one.year, one.complete ? 1 : null]), ...running.filter((one) => !one.is_done).map((one) => [one.year, one.share])]);
  const names = [...shares.keys()].sort((a, b) => a - b);
  const models = held.model_details.map((model) => `${model.key} (${model.precision})`);
  years.replaceChildren(names.length && models.length
    ? heatMap("Share of each year that is ready, by model", {
        rows: models, columns: names.map(String), corner: "model", values: models.map(() => names.map((year) => shares.get(year) ?? 0)),
        cells: models.map(() => names.map((year) => shares.get(year) === 1 ? "complete" : shares.get(year) === null ? "in part" : format.percent(shares.get(year)))),
      })
    : notice("", "The store has no year yet."));
}

function card(value, label) { return el("div", { class: "card" }, el("b", {}, value), el("span", {}, label)); }

function draw(run) {
  newest = run;
  drawYears();
  const bar = (share) => [el("progress", { max: 1, value: share ?? 0, "aria-label": "Share read" }), ` ${format.percent(share)}`];
  const eta = run.eta_seconds_low === undefined ? null : `${minutes(run.eta_seconds_low)} to ${minutes(run.eta_seconds_high)} left`;
  live.replaceChildren(
    el("h2", {}, run.is_at_work ? "The active run" : "The newest run"),
    el("div", { class: "cards" },
      card(run.state, run.run), card(format.percent(run.share), "of the input read"), card(format.whole(run.rows), "rows read"),
      card(run.rows_per_second === undefined ? "–" : format.whole(run.rows_per_second), "rows per second"), eta ? card(eta, "estimate") : null, card(format.whole(run.warnings), "warnings")),
    run.years.length ? table([
      { key: "year", label: "year" }, { key: "share", label: "read", cell: (year) => bar(year.share) }, { key: "files_done", label: "files", num: true, cell: (year) => `${year.files_done} of ${year.files}` },
      { key: "rows", label: "rows", num: true, format: format.whole }, { key: "quarantined", label: "rejected", num: true, format: format.whole },
    ], run.years, { caption: null, name: "years" }) : "",
    run.models.length ? table([
      { key: "key", label: "model" }, { key: "precision", label: "precision" }, { key: "texts", label: "texts encoded", num: true, format: format.whole },
      { key: "texts_per_second", label: "texts per second", num: true, format: format.whole }, { key: "indices", label: "indices built", num: true },
    ], run.models, { caption: null, name: "models" }) : "");
}

function minutes(seconds) { return seconds < 90 ? `${Math.round(seconds)} s` : seconds < 5400 ? `${Math.round(seconds / 60)} min` : `${(seconds / 3600).toFixed(1)} h`; }

/** Reads server-sent events by hand: EventSource cannot send a token. */
async function follow() {
  let pause = 2000;
  for (;;) {
    try {
      const { results } = await call("/v1/runs");
      if (!results.length) { live.replaceChildren(notice("", "No run is recorded in this store.")); return; }
      draw(results[0]);
      if (!results[0].is_at_work) return;
      const response = await fetch("/v1/runs/latest/events", { headers: { Accept: "text/event-stream", ...authorization() } });
      if (!response.ok) throw new Error(String(response.status));
      const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
      let text = "";
      pause = 2000;
      for (;;) {
        const { value, done } = await reader.read();
        if (done) break;
        text += value;
        const events = text.split("\n\n");
        text = events.pop();
        for (const event of events) {
          const data = event.split("\n").find((line) => line.startsWith("data: "));
          if (data) draw(JSON.parse(data.slice(6)));
        }
      }
    } catch (error) {
      live.replaceChildren(failed(error.title ? error : { title: "Connection lost", detail: "The page reconnects automatically." }));
      pause = Math.min(30000, pause * 2);
    }
    await new Promise((resolve) => setTimeout(resolve, pause));
  }
}

show();
follow();
