// The studio: one run at a time on one screen, followed and steered.

import { Problem, events, get, keep, post, token } from "./api.js";
import { list_evaluations, list_runs, tabs } from "./history.js";
import { Hands, frames, point_at, size, watch } from "./screen.js";

const at = (id) => document.getElementById(id);
const hands = new Hands((message) => wrong(message));
const now = { run: null, state: "idle", request: null, recording: false, following: null, taking: false };
window.studio = { frames, size, now }; // what a test or a curious person may look at

function wrong(message) {
  at("problem").hidden = !message;
  at("problem").textContent = message || "";
}

function act(work) {
  return async (event) => {
    event?.preventDefault();
    wrong("");
    try {
      await work();
    } catch (error) {
      if (!(error instanceof Problem)) throw error;
      wrong(error.message);
    }
  };
}

function said(action) {
  if (!action) return "no valid answer";
  const { action: name, ...rest } = action;
  const fields = Object.entries(rest).map(([key, value]) => `${key} ${JSON.stringify(value)}`);
  return [name, ...fields].join(" · ");
}

function add_step(step) {
  const item = document.createElement("li");
  const first = document.createElement("b");
  first.textContent = `${step.step}. ${said(step.action)}`;
  const thought = document.createElement("div");
  thought.textContent = step.thought || "";
  const told = document.createElement("div");
  told.className = step.error ? "wrong" : "told";
  told.textContent = `${step.error || step.effect || "–"} · ${Number(step.seconds || 0).toFixed(1)} s`;
  item.append(first, thought, told);
  at("steps").append(item);
  item.scrollIntoView({ block: "nearest" });
  point_at(step.action && step.action.start_point);
}

const WORDS = { idle: "Ready", running: "Working", waiting: "Waits for you", paused: "Paused", stopping: "Stopping" };

function show_state(result) {
  const ended = result ? `${result.status}${result.reason ? `: ${result.reason}` : ""}` : "Ready";
  at("state").textContent = now.state === "ended" ? ended : now.recording ? "Recording" : WORDS[now.state];
  at("state").className = now.state === "ended" && result ? result.status : "";
  const going = !["idle", "ended"].includes(now.state);
  const free = ["idle", "ended", "paused", "waiting"].includes(now.state) || now.recording;
  at("start").disabled = going;
  at("record").disabled = going && !now.recording;
  at("record").textContent = now.recording ? "End recording" : "Record";
  at("pause").disabled = !going || now.state === "stopping" || now.recording || now.state === "waiting";
  at("pause").textContent = now.state === "paused" ? "Go on" : "Pause";
  at("stop").disabled = !going || now.state === "stopping";
  at("take").textContent = now.taking ? "Hand back" : "Take over";
  at("take").disabled = now.recording || now.state === "stopping";
  hands.set(now.recording || (now.taking && free));
}

function buttons(list) {
  at("request-buttons").replaceChildren(
    ...list.map(([words, work, main]) => {
      const made = document.createElement("button");
      made.textContent = words;
      if (main) made.className = "main";
      made.addEventListener("click", act(work));
      return made;
    }),
  );
}

function reply(data) {
  return post(`/api/runs/${now.run}/reply`, { request: now.request.id, ...data });
}

function changed_action() {
  const text = at("action").value;
  if (text === at("action").dataset.was) return null;
  try {
    return JSON.parse(text);
  } catch {
    throw new Problem(0, "no_json", "The action is no JSON; write it as it stood, with other values.");
  }
}

function show_request(request) {
  now.request = request;
  at("request").hidden = !request || now.taking;
  if (!request) return;
  const kinds = { question: "A question", approval: "May it do this?", pause: "Paused before this action" };
  at("request-kind").textContent = kinds[request.kind];
  at("request-text").textContent = request.kind === "pause" ? said(request.action) : request.text;
  at("request-answer").hidden = request.kind !== "question";
  at("request-action").hidden = !request.action;
  const text = request.action ? JSON.stringify(request.action, null, 1) : "";
  Object.assign(at("action"), { value: text });
  at("action").dataset.was = text;
  point_at(request.action && request.action.start_point);
  if (request.kind === "question") {
    at("answer").value = "";
    buttons([
      ["Answer", () => reply({ answer: at("answer").value }), true],
      ["No answer", () => reply({ answer: null })],
    ]);
    at("answer").focus();
  } else if (request.kind === "approval") {
    const allow = () => {
      const action = request.action ? changed_action() : null;
      return reply(action ? { approve: true, action } : { approve: true });
    };
    buttons([["Allow", allow, true], ["Refuse", () => reply({ approve: false })]]);
  } else {
    const go = () => {
      const action = changed_action();
      return action ? reply({ action }) : post(`/api/runs/${now.run}/resume`);
    };
    buttons([["Go on", go, true]]);
  }
}

function hear(event) {
  if (event.kind === "step") add_step(event);
  else if (event.kind === "request") {
    now.state = event.request.kind === "pause" ? "paused" : "waiting";
    show_request(event.request);
  } else if (event.kind === "reply") {
    now.state = "running";
    show_request(null);
  } else if (event.kind === "state") now.state = event.state === "ended" ? now.state : event.state;
  else if (event.kind === "end") {
    Object.assign(now, { state: "ended", recording: false, taking: false });
    show_request(null);
    point_at(null);
    refresh();
    return show_state(event);
  }
  show_state();
}

async function follow(run) {
  now.following?.abort();
  now.following = new AbortController();
  Object.assign(now, { run: run.run, state: run.state, recording: run.kind === "recording" && run.state !== "ended" });
  at("steps").replaceChildren();
  at("steps-title").textContent = `Steps: ${run.task}`;
  show_request(null);
  show_state(run.result);
  try {
    await events(`/api/runs/${run.run}/events`, hear, now.following.signal);
  } catch (error) {
    if (error.name !== "AbortError" && !(error instanceof Problem)) throw error;
  }
}

async function open_run(id) {
  const run = await get(`/api/runs/${id}`);
  if (run.state !== "ended" && run.state !== "lost") return void follow(run);
  at("steps").replaceChildren();
  at("steps-title").textContent = `Steps: ${run.task}`;
  run.steps_taken.forEach(add_step);
  point_at(null);
  if (["idle", "ended"].includes(now.state)) {
    now.state = "ended";
    show_state(run.result || { status: "failed", reason: "it was cut off" });
  }
}

function refresh() {
  list_runs(open_run, follow, wrong).catch((error) => wrong(error.message));
}

at("task-form").addEventListener("submit", act(async () => void follow(await post("/api/runs", { task: at("task").value }))));
at("task").addEventListener("keydown", (event) => {
  if (event.key === "Enter" && !event.shiftKey && !event.isComposing) {
    event.preventDefault();
    at("task-form").requestSubmit();
  }
});
at("record").addEventListener("click", act(async () => {
  if (now.recording) await post("/api/record", { stop: true });
  else void follow(await post("/api/record", { task: at("task").value }));
}));
at("pause").addEventListener("click", act(() => post(`/api/runs/${now.run}/${now.state === "paused" ? "resume" : "pause"}`)));
at("stop").addEventListener("click", act(() => post(`/api/runs/${now.run}/stop`)));
at("take").addEventListener("click", act(async () => {
  const going = !["idle", "ended"].includes(now.state);
  if (!now.taking) {
    if (now.state === "running") await post(`/api/runs/${now.run}/pause`);
    now.taking = true;
    at("request").hidden = true;
  } else {
    now.taking = false;
    hands.clicked();
    hands.flush();
    await hands.queue;
    if (going && now.request && now.request.kind !== "question") await reply({ taken: true });
    else show_request(now.request);
  }
  show_state();
}));

async function begin() {
  let about;
  try {
    about = await get("/api/session");
  } catch (error) {
    at("token-form").hidden = error.status !== 401;
    if (error.status !== 401) at("about").textContent = error.message;
    return;
  }
  at("token-form").hidden = true;
  at("main").hidden = false;
  at("about").textContent = `${about.model} · ${about.place}`;
  watch(() => {}).catch((error) => wrong(error.message));
  tabs((name) => (name === "runs" ? refresh() : list_evaluations(wrong).catch((error) => wrong(error.message))));
  refresh();
  show_state();
  if (about.run) void follow(about.run);
  for (;;) {
    await new Promise((done) => setTimeout(done, 1500));
    const seen = await get("/api/session").catch(() => null);
    if (!seen) continue;
    at("place").textContent = [seen.title, seen.url].filter(Boolean).join(" · ");
    if (seen.run && seen.run.run !== now.run) void follow(seen.run); // begun in another window
  }
}

at("token-form").addEventListener("submit", (event) => {
  event.preventDefault();
  keep(at("token").value);
  begin();
});
token();
begin();
