// Requests to the studio, which all carry the token. It comes in the address behind #, which no server sees.

const KEY = "studio token";

export function token() {
  const given = new URLSearchParams(location.hash.slice(1)).get("token");
  if (given) {
    sessionStorage.setItem(KEY, given);
    history.replaceState(null, "", location.pathname);
  }
  return sessionStorage.getItem(KEY) || "";
}

export function keep(value) {
  sessionStorage.setItem(KEY, value.trim());
}

export class Problem extends Error {
  constructor(status, type, message) {
    super(message);
    this.status = status;
    this.type = type;
  }
}

async function ask(path, options = {}) {
  const headers = { authorization: `Bearer ${token()}`, ...options.headers };
  let answer;
  try {
    answer = await fetch(path, { ...options, headers, cache: "no-store" });
  } catch (error) {
    if (error.name === "AbortError") throw error;
    throw new Problem(0, "away", "The studio does not answer; was it ended?");
  }
  if (!answer.ok) {
    const told = await answer.json().catch(() => null);
    const wrong = told && told.error ? told.error : { type: "failed", message: `${path}: ${answer.status}` };
    throw new Problem(answer.status, wrong.type, wrong.message);
  }
  return answer;
}

export async function get(path) {
  return (await ask(path)).json();
}

export async function post(path, data = {}) {
  const headers = { "content-type": "application/json" };
  return (await ask(path, { method: "POST", headers, body: JSON.stringify(data) })).json();
}

export function raw(path, signal) {
  return ask(path, { signal });
}

// Server-sent events, read by hand because EventSource sends no token.
export async function events(path, hear, signal) {
  const answer = await ask(path, { signal });
  const reader = answer.body.pipeThrough(new TextDecoderStream()).getReader();
  let text = "";
  for (;;) {
    const { value, done } = await reader.read();
    if (done) return;
    text += value;
    const whole = text.split("\n\n");
    text = whole.pop();
    for (const part of whole) if (part.startsWith("data: ")) hear(JSON.parse(part.slice(6)));
  }
}
