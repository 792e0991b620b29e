// What the SDK tests share: TAP, and reading back through the REST API.
// WEIR_URL and WEIR_READ_KEY say where; without a key (while requests are
// being recorded) everything is sent and nothing is checked.
import { webcrypto } from "node:crypto";

// The SDK expects the global, which node 18 (Debian 12's) does not define.
globalThis.crypto ??= webcrypto;

const base = process.env.WEIR_URL;
const key = process.env.WEIR_READ_KEY;
let n = 0;
let bad = 0;

export const reading = Boolean(key);

export function ok(cond, name, note) {
  n++;
  console.log(`${cond ? "" : "not "}ok ${n} - ${name}`);
  if (!cond) {
    bad++;
    if (note !== undefined) console.log(`# ${note}`);
  }
  return Boolean(cond);
}

export function is(got, want, name) {
  const g = JSON.stringify(got);
  const w = JSON.stringify(want);
  return ok(g === w, name, `got ${g}, want ${w}`);
}

export function near(got, want, name) {
  const good = typeof got === "number" && Math.abs(got - want) < 1e-9;
  return ok(good, name, `got ${JSON.stringify(got)}, want ${want}`);
}

export function done() {
  console.log(`1..${n}`);
  process.exit(bad ? 1 : 0);
}

export async function api(path, auth = key) {
  const res = await fetch(base + path, {
    headers: { Authorization: `Bearer ${auth}` },
  });
  const text = await res.text();
  let body;
  try {
    body = JSON.parse(text);
  } catch {
    body = { unreadable: text };
  }
  return { status: res.status, body };
}

// The run with that id, or an empty object and a failed test.
export async function readRun(id, source = "prod") {
  const r = await api(`/v1/runs/${encodeURIComponent(id)}?source=${source}`);
  ok(r.status === 200, `GET run ${id}`,
    `${r.status} ${JSON.stringify(r.body).slice(0, 300)}`);
  const run = r.body.data ?? r.body;
  run.steps ??= [];
  run.tool_calls ??= [];
  run.metadata ??= {};
  run.prompt ??= {};
  return run;
}

// Compares the fields of want with those of got, one test each.
export function has(got, want, what) {
  for (const [k, v] of Object.entries(want)) {
    if (typeof v === "number" && !Number.isInteger(v)) {
      near(got?.[k], v, `${what}: ${k}`);
    } else {
      is(got?.[k], v, `${what}: ${k}`);
    }
  }
}

export function byId(list, field, id) {
  return list.find((x) => x[field] === id) ?? {};
}
