// Sends actions, each with a key of its own, and hands back what became of them. A second try
// carries the same key, so nothing is ever done twice. What can't go out waits; with a store it
// waits even while the browser is closed. What the server will never take is handed back as refused.

import { isOpen, line, send, words } from "./live.js";

const { code } = document.body.dataset;
const waiting = new Map(); // key → { message, answer }
const ANSWERED_WITHIN = 10_000;
const POSTED_WITHIN = 30_000;
const LARGEST_FRAME = 60_000; // a socket is closed for 64 KiB; a request may be larger
const LOST_WITH = 3; // so many sockets ended while it was on its way: now it goes by request
const COMES_BACK = new Set([408, 425, 429]); // refused for now only
let posting = false;
let onTheWay = null; // the request that is: { wish, patience }

export function newKey() {
  const bytes = crypto.getRandomValues(new Uint8Array(15));
  return btoa(String.fromCharCode(...bytes)).replaceAll("+", "-").replaceAll("/", "_");
}

// Answers a promise of the receipt. `key` is given for a message that was kept from before.
export function perform(action, key = newKey()) {
  return new Promise((answer) => {
    waiting.set(key, { message: { ...action, key }, answer, tried: 0, lost: 0 });
    attempt(key);
  });
}

function attempt(key) {
  const wish = waiting.get(key);
  if (!wish || isTried(wish)) return;
  if (posting || !fitsSocket(wish)) {
    postInTurn();
    return;
  }
  wish.tried = Date.now();
  send(wish.message);
}

const isTried = (wish) => Date.now() - wish.tried < ANSWERED_WITHIN;
const fitsSocket = ({ message, lost }) =>
  isOpen() && lost < LOST_WITH && new TextEncoder().encode(JSON.stringify(message)).length < LARGEST_FRAME;

// By ordinary requests, where there is no socket: one after the other, so that they arrive in
// the order in which they were written.
async function postInTurn() {
  if (posting) return;
  posting = true;
  for (const wish of waiting.values()) {
    if (isTried(wish) || fitsSocket(wish)) continue;
    wish.tried = Date.now();
    try {
      await post(wish);
    } catch {
      wish.tried = 0;
      posting = false;
      if (fitsSocket(wish)) again(); // there is a better way now
      return; // no network: the next try comes soon
    }
  }
  posting = false;
  for (const key of waiting.keys()) attempt(key); // what was written meanwhile
}

// A network that wants one to sign in first answers too, but not as our server does.
const isFinal = ({ status, headers }) => headers.has("Sheaf") && status >= 400 && status < 500 && !COMES_BACK.has(status);

async function post(wish) {
  const { message } = wish;
  const patience = new AbortController();
  const giveUp = setTimeout(() => patience.abort(), POSTED_WITHIN);
  onTheWay = { wish, patience };
  try {
    const answer = await fetch(`/s/${code}/actions`, {
      method: "POST",
      headers: { "Content-Type": "application/json", Accept: "application/json" },
      body: JSON.stringify(message),
      signal: patience.signal,
    });
    if (isFinal(answer)) receive({ receipt: message.key, status: "refused", reason: answer.status === 413 ? words.long : words.untaken });
    else if (!answer.ok) throw new Error(String(answer.status));
    else receive(receiptFor(message, await answer.json()));
  } finally {
    clearTimeout(giveUp);
    onTheWay = null;
  }
}

// A request on a dead line would hold everything back until it is given up. Whether or not it arrives,
// its key comes again by the socket.
function overtake() {
  if (onTheWay && fitsSocket(onTheWay.wish)) onTheWay.patience.abort();
  else again();
}

// Some networks answer everything with a page of their own. Saved is only what is called so.
function receiptFor(message, receipt) {
  if (receipt?.receipt !== message.key) throw new Error("receipt");
  return receipt;
}

function receive(receipt) {
  const wish = waiting.get(receipt.receipt);
  if (!wish) return;
  if (receipt.status === "later") {
    setTimeout(() => { wish.tried = 0; attempt(receipt.receipt); }, receipt.after * 1000);
    line.dispatchEvent(new CustomEvent("later", { detail: receipt }));
    return;
  }
  waiting.delete(receipt.receipt);
  wish.answer(receipt);
}

function again() {
  for (const [key, wish] of waiting) {
    wish.tried = 0;
    attempt(key);
  }
}

line.addEventListener("receipt", (event) => receive(event.detail));
line.addEventListener("open", overtake);
line.addEventListener("asked", again);
line.addEventListener("lost", () => {
  for (const wish of waiting.values()) {
    if (wish.tried) wish.lost += 1;
    wish.tried = 0;
  }
});
setInterval(() => { for (const key of waiting.keys()) attempt(key); }, 2_000);
