// Keeps a page at the head of its session: a socket while there is one, asking every few seconds
// while there is none. Whatever was missed, the cursor says where this page is, and the next
// frame carries what has changed since.

import { place } from "./place.js";

const HEARD_WITHIN = 35_000; // the server speaks every 15 s at least
const ASK_EVERY = 4_000;
const STEADY = 5_000; // a socket that lasted so long was a real one
const BLOCK_WITHIN = 15_000;
const body = document.body;
const { screen, code } = body.dataset;

export const words = JSON.parse(document.getElementById("words").textContent);
export const line = new EventTarget(); // "open", "lost", "receipt", "placed"

let cursor = body.dataset.head;
let socket = null;
let failures = 0;
let opened = 0;
let heard = Date.now();
let timer = 0;
let asks = false; // whether asking works while there is no socket
let waiting = null; // frames that came while an earlier block is on its way

export const isOpen = () => socket?.readyState === WebSocket.OPEN;
export const send = (message) => socket.send(JSON.stringify(message));

export function start() {
  connect();
  setInterval(watch, 5_000);
  for (const name of ["online", "pageshow", "focus"]) addEventListener(name, wake);
  addEventListener("offline", hangUp);
  document.addEventListener("visibilitychange", () => { if (!document.hidden) wake(); });
  document.addEventListener("click", loadEarlier);
}

function connect() {
  clearTimeout(timer);
  if (socket && socket.readyState <= WebSocket.OPEN) return;
  const scheme = location.protocol === "https:" ? "wss:" : "ws:";
  const address = `${scheme}//${location.host}/s/${code}/live?screen=${screen}&since=${cursor}`;
  const mine = (socket = new WebSocket(address));
  mine.onopen = () => { opened = heard = Date.now(); say(""); tell("open"); };
  mine.onmessage = ({ data }) => { if (mine === socket) hear(JSON.parse(data)); };
  mine.onclose = (event) => { if (mine === socket) lost(event); };
}

function lost({ code: why, reason }) {
  tell("lost");
  if (why === 4401 && !sessionStorage.getItem("again")) {
    sessionStorage.setItem("again", "1"); // the page itself brings a new cookie, once
    location.reload();
    return;
  }
  if (why >= 4400 && why < 4500) {
    say(reason || words.ended);
    return;
  }
  // Some networks let a socket open and cut it at once: that is a failure too.
  if (opened && Date.now() - opened > STEADY) failures = 0;
  opened = 0;
  failures += 1;
  if (failures > 1 && !asks) say(words.offline);
  // Thousands come back after a restart: not all in the same moment.
  const wait = Math.min(15_000, 400 * 2 ** failures) * (0.5 + Math.random());
  timer = setTimeout(failures > 2 ? askAndConnect : connect, Math.min(wait, failures > 2 ? ASK_EVERY : wait));
}

// Where sockets are blocked, the same frame can be asked for.
async function askAndConnect() {
  try {
    const answer = await fetch(`/s/${code}/updates?screen=${screen}&since=${cursor}`);
    asks = answer.ok;
    const frame = asks && await answer.json();
    // A socket that opened meanwhile may have brought newer news already.
    if (frame && !isOpen()) {
      say("");
      take(frame);
      tell("asked");
    }
  } catch {
    asks = false; // no network either: the next try comes soon
  }
  if (!asks && !isOpen()) say(words.offline);
  connect();
}

function hear(frame) {
  heard = Date.now();
  failures = 0;
  sessionStorage.removeItem("again");
  say("");
  take(frame);
}

function take(frame) {
  if ("receipt" in frame) {
    line.dispatchEvent(new CustomEvent("receipt", { detail: frame }));
    return;
  }
  if (waiting) {
    waiting.push(frame);
    return;
  }
  if (frame.anew) {
    renew();
    return;
  }
  if (frame.content !== undefined || frame.gone) place(frame.content ?? "", frame.gone);
  cursor = frame.head;
  tell("placed");
}

// This page is too old to be brought up to date piece by piece: take its lists from a fresh one,
// and leave what somebody is writing alone.
async function renew() {
  try {
    const answer = await fetch(location.pathname, { headers: { Accept: "text/html" } });
    const fresh = new DOMParser().parseFromString(await answer.text(), "text/html");
    if (!answer.ok || !fresh.body.dataset.head) throw new Error(String(answer.status));
    const chosen = [...document.querySelectorAll("#prompts input:checked")].map((input) => input.value);
    for (const old of document.querySelectorAll(RENEWED)) {
      const next = old.id && fresh.getElementById(old.id);
      if (next && old.isConnected) old.replaceWith(document.adoptNode(next));
    }
    for (const input of document.querySelectorAll("#prompts input:enabled")) {
      if (chosen.includes(input.value)) input.checked = true;
    }
    document.title = fresh.title;
    body.dataset.first = fresh.body.dataset.first;
    cursor = fresh.body.dataset.head;
    tell("placed");
  } catch { /* offline again */ }
  socket.close();
}

const RENEWED = "[data-list], #title, #joinhead, #notice, #prompts, #state, #voices, #earlier, #blanking, #shown, .count, #allcount";

// A block is older than frames that come while it is on its way, so they wait until it is placed.
async function loadEarlier(event) {
  const link = event.target.closest("a.earlier");
  if (!link) return;
  event.preventDefault();
  if (waiting) return;
  waiting = [];
  const patience = new AbortController();
  const giveUp = setTimeout(() => patience.abort(), BLOCK_WITHIN);
  try {
    const answer = await fetch(link.href, { signal: patience.signal, headers: { "Sheaf-Block": "1" } });
    const block = await answer.text();
    if (answer.ok) {
      body.dataset.first = answer.headers.get("Sheaf-First");
      place(block);
      const first = Number(body.dataset.first);
      if (first > 1) link.href = link.href.replace(/before=\d+/, `before=${first}`);
      else link.remove();
    }
  } catch { /* the link stays, to be tried again */ }
  clearTimeout(giveUp);
  const frames = waiting;
  waiting = null;
  frames.forEach(take);
  tell("placed");
}

function watch() {
  if (isOpen() && Date.now() - heard > HEARD_WITHIN) hangUp();
}

// Closing would wait for an answer that may never come.
function hangUp() {
  clearTimeout(timer);
  socket.onclose = null;
  socket.close();
  lost({ code: 1006 });
}

function wake() {
  if (!isOpen()) connect();
  else watch();
}

function say(text) {
  const place_ = document.getElementById("line");
  if (place_.textContent !== text) place_.textContent = text;
}

function tell(name) {
  line.dispatchEvent(new Event(name));
}
