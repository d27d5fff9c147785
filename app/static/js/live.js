// Keeps a page at the head of its session: a socket while there is one, asking every few seconds
// while there is none. Whatever was missed, the cursor says where this page is, and the next
// frame carries what has changed since.

import { conceal, place } from "./place.js";

const HEARD_WITHIN = 30_000; // the server speaks every 15 s at least
const HEARD_AWAKE_WITHIN = 17_000; // while a device sleeps, its line may go without a word
const OPENS_WITHIN = 10_000;
const ASK_EVERY = 4_000;
const KNOCK_EVERY = 20_000; // where asking works, a socket is tried for now and then
const ANSWERS_AWAKE_WITHIN = 1_500;
const STEADY = 5_000; // a socket that lasted so long was a real one
const ANSWERS_WITHIN = 20_000;
const COME_BACK = 1012; // the server stops, and asks everybody to come back
const BACK_WITHIN = 3_000;
const TOLD_FOR = 60_000;
const body = document.body;
const { screen, code } = body.dataset;
const { lang } = document.documentElement;

export const words = JSON.parse(document.getElementById("words").textContent);
export const line = new EventTarget(); // "open", "lost", "receipt", "placed", "presence", "gone"

let cursor = body.dataset.head;
let socket = null;
let failures = 0;
let knocked = 0;
let opened = 0;
let asked = 0;
let heard = Date.now();
let timer = 0;
let asks = false; // whether asking works while there is no socket
let hasHeard = false; // whether this page ever had a socket that said something
let news = ""; // what stands on the line for a while, although there is a connection
let holders = 0; // who keeps the page still: a card in hand, an earlier block on its way
let loading = false;
let isOld = false; // a fresh page is due: what comes meanwhile does not bring this one up to date
let renewing = false; // it is on its way
const waiting = []; // frames that came meanwhile

export const isOpen = () => socket?.readyState === WebSocket.OPEN;
export const send = (message) => socket.send(JSON.stringify(message));

export function start() {
  connect();
  setInterval(() => { if (isSilent(HEARD_WITHIN)) hangUp(); }, 2_000);
  for (const name of ["online", "pageshow", "focus"]) addEventListener(name, wake);
  addEventListener("offline", () => { asks = false; hangUp(); });
  document.addEventListener("visibilitychange", () => { if (!document.hidden) wake(); });
  document.addEventListener("click", loadEarlier);
}

const wish = () => `screen=${screen}&language=${lang}&since=${cursor}`;

function connect() {
  if (socket && socket.readyState <= WebSocket.OPEN) return;
  clearTimeout(timer);
  const scheme = location.protocol === "https:" ? "wss:" : "ws:";
  const address = `${scheme}//${location.host}/s/${code}/live?${wish()}`;
  knocked = Date.now();
  // Some networks leave a socket without an answer. Nobody waits for it who can ask.
  if (asks) timer = setTimeout(askAndConnect, ASK_EVERY);
  const mine = (socket = new WebSocket(address));
  mine.onopen = () => { clearTimeout(timer); opened = heard = Date.now(); say(""); tell("open"); };
  mine.onmessage = ({ data }) => { if (mine === socket) hear(JSON.parse(data)); };
  mine.onclose = (event) => { if (mine === socket) lost(event); };
}

function lost({ code: why, reason, silent }) {
  clearTimeout(timer);
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
  // Thousands come back after a restart: not all in the same moment.
  if (why === COME_BACK) {
    timer = setTimeout(connect, 300 + BACK_WITHIN * Math.random());
    return;
  }
  // A line that went silent may be too thin for what we lack: a request gets it compressed.
  failures = silent ? 3 : failures + 1;
  if (failures > 1 && !asks) say(words.offline);
  const wait = Math.min(15_000, 400 * 2 ** failures) * (0.5 + Math.random());
  // A page that never had a socket may be where there is none.
  const shouldAsk = asks || failures > 2 || !hasHeard;
  // Where asking works, a socket that fails puts the next question off by nothing.
  const asksIn = asks ? Math.max(0, asked + ASK_EVERY - Date.now()) : Math.min(wait, ASK_EVERY);
  timer = setTimeout(shouldAsk ? askAndConnect : connect, shouldAsk ? asksIn : wait);
}

// Where sockets are blocked, the same frame can be asked for.
async function askAndConnect() {
  clearTimeout(timer);
  asked = Date.now();
  try {
    const frame = await ask();
    asks = true;
    // A socket that opened meanwhile may have brought newer news already.
    if (!isOpen()) {
      say("");
      take(frame);
      tell("asked");
    }
  } catch {
    asks = false; // no network either: the next try comes soon
  }
  if (!asks && !isOpen()) say(words.offline);
  clearTimeout(timer);
  if (!asks || since(knocked) > KNOCK_EVERY) connect();
  else if (!isOpen()) timer = setTimeout(askAndConnect, ASK_EVERY);
}

async function ask() {
  const answer = await fetchInTime(`/s/${code}/updates?${wish()}`);
  const frame = answer.ok && await answer.json();
  // What is no frame came from somebody else, such as a hotel that wants people to sign in.
  if (typeof frame.head !== "string") throw new Error(String(answer.status));
  return frame;
}

function hear(frame) {
  heard = Date.now();
  failures = 0;
  [hasHeard, asks] = [true, false];
  sessionStorage.removeItem("again");
  say("");
  take(frame);
}

function take(frame) {
  if ("receipt" in frame) {
    line.dispatchEvent(new CustomEvent("receipt", { detail: frame }));
    return;
  }
  if ("presence" in frame) {
    line.dispatchEvent(new CustomEvent("presence", { detail: frame }));
    return;
  }
  if (holders) {
    waiting.push(frame);
    if (frame.gone) {
      conceal(frame.gone);
      line.dispatchEvent(new CustomEvent("gone", { detail: frame.gone }));
    }
    return;
  }
  if (frame.anew) {
    if (frame.restored) announce(words.restored);
    renew(frame.within);
    return;
  }
  if (frame.content !== undefined || frame.gone) place(frame.content ?? "", frame.gone);
  if (!isOld) cursor = frame.head;
  tell("placed");
}

// Keeps what is on the page where it is, until as many have let go.
export function hold() {
  holders += 1;
}

export function release() {
  holders -= 1;
  while (!holders && waiting.length) take(waiting.shift());
}

// This page is too old to be brought up to date piece by piece: take its lists from a fresh one,
// and leave what somebody is writing alone. A whole hall does not ask for it in one moment.
async function renew(within) {
  if (isOld) return;
  isOld = true;
  if (within) await new Promise((done) => setTimeout(done, 1000 * within * Math.random()));
  renewing = true;
  say("");
  try {
    const answer = await fetchInTime(location.pathname, { Accept: "text/html" });
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
    waiting.length = 0; // what this page lacks comes by the next socket
    tell("placed");
  } catch { /* offline again */ }
  isOld = renewing = false;
  socket.close();
}

const RENEWED = "[data-list], #alike, #title, #joinhead, #notice, #prompts, #state, #promise, #naming, #concernsto, #concerncount, #public, #voices, #how, #beside, #joinline, #lonehead, #unsortedhead, #earlier, #blanking, #voting, #votenow, #lettingin, #gathered, #shown, .count, #allcount";

// A block is older than frames that come while it is on its way, so they wait until it is placed.
async function loadEarlier(event) {
  const link = event.target.closest("a.earlier");
  if (!link) return;
  event.preventDefault();
  if (loading) return;
  loading = true;
  hold();
  try {
    const answer = await fetchInTime(link.href, { "Sheaf-Block": lang });
    const block = await answer.text();
    if (answer.ok && answer.headers.has("Sheaf-First")) {
      body.dataset.first = answer.headers.get("Sheaf-First");
      place(block);
      const first = Number(body.dataset.first);
      if (first > 1) link.href = link.href.replace(/before=\d+/, `before=${first}`);
      else link.remove();
    }
  } catch { /* the link stays, to be tried again */ }
  loading = false;
  release();
  tell("placed");
}

// No end of waiting: a network may swallow everything, and tell nobody.
function fetchInTime(address, headers = {}) {
  const patience = new AbortController();
  setTimeout(() => patience.abort(), ANSWERS_WITHIN);
  return fetch(address, { headers, signal: patience.signal });
}

// A clock may be set back.
const since = (moment) => Math.abs(Date.now() - moment);

function isSilent(patience) {
  if (socket.readyState === WebSocket.CONNECTING) return since(knocked) > OPENS_WITHIN;
  return isOpen() && since(heard) > patience;
}

// Closing would wait for an answer that may never come.
function hangUp() {
  if (isOpen()) asks = false;
  socket.onclose = null;
  socket.close();
  lost({ code: 1006, silent: true });
}

function wake() {
  if (isSilent(HEARD_AWAKE_WITHIN)) hangUp();
  if (isOpen()) probe();
  else if (asks) askAndConnect();
  else connect();
}

// A line that died while its device slept looks open. So it is asked for a word: any message has an
// answer.
function probe() {
  const asked = Date.now();
  send({});
  setTimeout(() => {
    if (heard >= asked || !isOpen()) return;
    hangUp();
    connect();
  }, ANSWERS_AWAKE_WITHIN);
}

function say(text) {
  const place_ = document.getElementById("line");
  const said = text || (renewing ? words.renewing : news);
  if (place_.textContent !== said) place_.textContent = said;
}

function announce(text) {
  news = text;
  setTimeout(() => { news = ""; if (isOpen()) say(""); }, TOLD_FOR);
}

function tell(name) {
  line.dispatchEvent(new Event(name));
}
