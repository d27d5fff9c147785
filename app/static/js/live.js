// Keeps a page at the head of its session: a socket while there is one, asking every few seconds
// while there is none. Whatever was missed, the cursor says where this page is, and the next
// frame carries what has changed since.

import { place } from "./place.js";

const HEARD_WITHIN = 35_000; // the server speaks every 15 s at least
const ASK_EVERY = 4_000;
const body = document.body;
const { screen, code } = body.dataset;

export const words = JSON.parse(document.getElementById("words").textContent);
export const line = new EventTarget(); // "open", "lost", "receipt", "placed"

let cursor = body.dataset.head;
let socket = null;
let failures = 0;
let heard = Date.now();
let timer = 0;
let sinceBlock = null; // subjects spoken of while an earlier block is on its way

export const isOpen = () => socket?.readyState === WebSocket.OPEN;
export const send = (message) => socket.send(JSON.stringify(message));

export function start() {
  connect();
  setInterval(watch, 5_000);
  for (const name of ["online", "pageshow", "focus"]) addEventListener(name, wake);
  document.addEventListener("visibilitychange", () => { if (!document.hidden) wake(); });
  document.addEventListener("click", loadEarlier);
}

function connect() {
  clearTimeout(timer);
  if (socket && socket.readyState <= WebSocket.OPEN) return;
  const scheme = location.protocol === "https:" ? "wss:" : "ws:";
  const address = `${scheme}//${location.host}/s/${code}/live?screen=${screen}&since=${cursor}`;
  const mine = (socket = new WebSocket(address));
  mine.onopen = () => { failures = 0; heard = Date.now(); tell("open"); };
  mine.onmessage = ({ data }) => { if (mine === socket) take(JSON.parse(data)); };
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
  failures += 1;
  if (failures > 1) say(words.offline);
  // Thousands come back after a restart: not all in the same moment.
  const wait = Math.min(15_000, 400 * 2 ** failures) * (0.5 + Math.random());
  timer = setTimeout(failures > 2 ? askAndConnect : connect, Math.min(wait, failures > 2 ? ASK_EVERY : wait));
}

// Where sockets are blocked, the same frame can be asked for.
async function askAndConnect() {
  try {
    const answer = await fetch(`/s/${code}/updates?screen=${screen}&since=${cursor}`);
    if (answer.ok) {
      say("");
      take(await answer.json());
      tell("asked");
    }
  } catch { /* no network either: the next try comes soon */ }
  connect();
}

function take(frame) {
  heard = Date.now();
  sessionStorage.removeItem("again");
  if (isOpen()) say("");
  if ("receipt" in frame) {
    line.dispatchEvent(new CustomEvent("receipt", { detail: frame }));
    return;
  }
  if (frame.anew) {
    renew();
    return;
  }
  if (frame.content !== undefined || frame.gone) {
    const subjects = place(frame.content ?? "", frame.gone);
    if (sinceBlock) for (const subject of subjects.keys()) sinceBlock.add(subject);
  }
  cursor = frame.head;
  tell("placed");
}

// This page is too old to be brought up to date piece by piece: take its lists from a fresh one,
// and leave what somebody is writing alone.
async function renew() {
  try {
    const answer = await fetch(location.pathname, { headers: { Accept: "text/html" } });
    const fresh = new DOMParser().parseFromString(await answer.text(), "text/html");
    for (const old of document.querySelectorAll("[data-list], #prompts, #state, #voices, .count, #allcount")) {
      const next = old.id && fresh.getElementById(old.id);
      if (next && old.isConnected) old.replaceWith(document.adoptNode(next));
    }
    body.dataset.first = fresh.body.dataset.first;
    cursor = fresh.body.dataset.head;
    tell("placed");
  } catch { /* offline again */ }
  socket.close();
}

async function loadEarlier(event) {
  const link = event.target.closest("a.earlier");
  if (!link) return;
  event.preventDefault();
  sinceBlock = new Set();
  const answer = await fetch(link.href);
  if (!answer.ok) return;
  const skip = sinceBlock;
  sinceBlock = null;
  body.dataset.first = answer.headers.get("Sheaf-First");
  const template = document.createElement("template");
  template.innerHTML = await answer.text();
  for (const card of [...template.content.children]) {
    if (skip.has(card.id.slice(card.id.lastIndexOf("-") + 1))) card.remove();
  }
  place(template.innerHTML);
  const first = Number(body.dataset.first);
  if (first > 1) link.href = link.href.replace(/before=\d+/, `before=${first}`);
  else link.remove();
  tell("placed");
}

function watch() {
  if (isOpen() && Date.now() - heard > HEARD_WITHIN) {
    socket.onclose = null;
    socket.close();
    lost({ code: 1006 });
  }
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
