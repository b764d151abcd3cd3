// What was done before: runs and evaluations, their reports, and doing a run again.

import { get, post } from "./api.js";

const viewer = document.getElementById("viewer");
document.getElementById("viewer-close").addEventListener("click", () => viewer.close());
viewer.addEventListener("close", () => document.getElementById("viewer-frame").removeAttribute("src"));

export function show_report(path) {
  document.getElementById("viewer-frame").src = path;
  document.getElementById("viewer-link").href = path;
  viewer.showModal();
}

function cell(row, text, kind = "td") {
  const made = document.createElement(kind);
  made.textContent = text;
  row.append(made);
  return made;
}

function button(words, label, act, wrong) {
  const made = document.createElement("button");
  made.textContent = words;
  made.setAttribute("aria-label", `${words}: ${label}`);
  made.addEventListener("click", () => act().catch((error) => wrong(error.message)));
  return made;
}

function table(head, rows) {
  const made = document.createElement("table");
  const line = made.createTHead().insertRow();
  for (const title of head) cell(line, title, "th");
  const body = made.createTBody();
  for (const fill of rows) fill(body.insertRow());
  return made;
}

function empty(words) {
  const made = document.createElement("p");
  made.className = "quiet";
  made.textContent = words;
  return made;
}

function when(started) {
  const time = new Date(typeof started === "number" ? started * 1000 : started || NaN);
  return Number.isNaN(time.getTime()) ? "" : time.toLocaleString();
}

export async function list_runs(open, began, wrong) {
  const { runs } = await get("/api/runs");
  const rows = runs.map((run) => (row) => {
    cell(row, run.task);
    const state = cell(row, run.status || run.state);
    state.className = run.status || "";
    cell(row, String(run.steps));
    cell(row, when(run.started));
    const line = document.createElement("div");
    line.className = "line";
    line.append(button("Show", run.task, () => open(run.run), wrong));
    if (run.state === "ended") {
      line.append(button("Report", run.task, async () => show_report((await post(`/api/runs/${run.run}/report`)).path), wrong));
      line.append(button("Replay", run.task, async () => began(await post(`/api/runs/${run.run}/replay`)), wrong));
    }
    cell(row, "").append(line);
  });
  const made = rows.length ? table(["Task", "Result", "Steps", "Begun", ""], rows) : empty("No runs yet.");
  document.getElementById("runs").replaceChildren(made);
}

export async function list_evaluations(wrong) {
  const { evaluations } = await get("/api/evaluations");
  const rows = evaluations.map((one) => (row) => {
    cell(row, one.name);
    cell(row, `${one.suite} ${one.model}`.trim());
    cell(row, String(one.episodes));
    cell(row, one.success === null || one.success === undefined ? "" : `${(100 * one.success).toFixed(1)} %`);
    const last = cell(row, "");
    if (one.path) last.append(button("Report", one.name, async () => show_report(one.path), wrong));
  });
  const none = "No evaluations in the runs folder; agent eval makes them.";
  const made = rows.length ? table(["Evaluation", "Suite and model", "Episodes", "Succeeded", ""], rows) : empty(none);
  document.getElementById("evaluations").replaceChildren(made);
}

export function tabs(shown) {
  const all = ["runs", "evaluations"];
  const choose = (name) => {
    for (const one of all) {
      document.getElementById(one).hidden = one !== name;
      document.getElementById(`tab-${one}`).setAttribute("aria-selected", String(one === name));
    }
    shown(name);
  };
  all.forEach((name, index) => {
    const tab = document.getElementById(`tab-${name}`);
    tab.addEventListener("click", () => choose(name));
    tab.addEventListener("keydown", (event) => {
      if (!["ArrowLeft", "ArrowRight"].includes(event.key)) return;
      const other = all[(index + 1) % all.length];
      document.getElementById(`tab-${other}`).focus();
      choose(other);
    });
  });
}
