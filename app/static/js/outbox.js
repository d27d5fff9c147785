// Sends actions, each with a key of its own, and hands back what became of them. A second try
// carries the same key, so nothing is ever done twice. What can't go out waits; with a store it
// waits even while the browser is closed.

import { isOpen, line, send, words } from "./live.js";

const { code } = document.body.dataset;
const waiting = new Map(); // key → { message, answer }
const ANSWERED_WITHIN = 10_000;
const POSTED_WITHIN = 30_000;
const LARGEST_FRAME = 60_000; // a socket is closed for 64 KiB; a request may be larger
let posting = false;

export function newKey() {
  const bytes = crypto.getRandomValues(new Uint8Array(15));
  return btoa(String.fromCharCode(...bytes)).replaceAll("+", "-").replaceAll("/", "_");
}

// Answers a promise of the receipt. `key` is given for a message that was kept from before.
export function perform(action, key = newKey()) {
  return new Promise((answer) => {
    waiting.set(key, { message: { ...action, key }, answer, tried: 0 });
    attempt(key);
  });
}

function attempt(key) {
  const wish = waiting.get(key);
  if (!wish || isTried(wish)) return;
  if (!fitsSocket(wish)) {
    postInTurn();
    return;
  }
  wish.tried = Date.now();
  send(wish.message);
}

const isTried = (wish) => Date.now() - wish.tried < ANSWERED_WITHIN;
const fitsSocket = ({ message }) =>
  isOpen() && new TextEncoder().encode(JSON.stringify(message)).length < LARGEST_FRAME;

// By ordinary requests, where there is no socket: one after the other, so that they arrive in
// the order in which they were written.
async function postInTurn() {
  if (posting) return;
  posting = true;
  for (const wish of waiting.values()) {
    if (isTried(wish) || fitsSocket(wish)) continue;
    wish.tried = Date.now();
    try {
      await post(wish.message);
    } catch {
      wish.tried = 0;
      break; // no network: the next try comes soon
    }
  }
  posting = false;
}

async function post(message) {
  const patience = new AbortController();
  const giveUp = setTimeout(() => patience.abort(), POSTED_WITHIN);
  try {
    const answer = await fetch(`/s/${code}/actions`, {
      method: "POST",
      headers: { "Content-Type": "application/json", Accept: "application/json" },
      body: JSON.stringify(message),
      signal: patience.signal,
    });
    if (answer.status === 413) receive({ receipt: message.key, status: "refused", reason: words.long });
    else if (!answer.ok) throw new Error(String(answer.status));
    else receive(await answer.json());
  } finally {
    clearTimeout(giveUp);
  }
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
line.addEventListener("open", again);
line.addEventListener("asked", again);
line.addEventListener("lost", () => { for (const wish of waiting.values()) wish.tried = 0; });
setInterval(() => { for (const key of waiting.keys()) attempt(key); }, 2_000);
