// Who else is at the board, and which cards they hold. It comes and goes with the socket, and is
// nowhere kept: a card that somebody holds can still be moved by anybody.

import { byId, cardsNumbered, fill, numberOf, pickedCards } from "./board-moving.js";
import { isOpen, line, send, words } from "./live.js";

const AT_MOST_EVERY = 500; // ms
let inHand = [];
let told = null; // what the others were told last
let timer = 0;
let you = 0;
let others = [];

export const carrying = (cards) => { inHand = cards; tellSoon(); };

export function beSeen() {
  line.addEventListener("open", () => { told = null; tell(); });
  line.addEventListener("lost", () => hear([]));
  line.addEventListener("picked", tellSoon);
  line.addEventListener("placed", () => { mark(); tellSoon(); });
  line.addEventListener("presence", ({ detail }) => { you = detail.you ?? you; hear(detail.presence); });
}

function tellSoon() {
  timer ||= setTimeout(tell, AT_MOST_EVERY);
}

function tell() {
  clearTimeout(timer);
  timer = 0;
  const holds = [...new Set([...pickedCards(), ...inHand].map(numberOf))].slice(0, 500);
  if (!isOpen() || JSON.stringify(holds) === told) return;
  told = JSON.stringify(holds);
  send({ holds });
}

function hear(presence) {
  others = presence.map((one, nth) => ({ ...one, number: nth + 1, sign: [...one.name][0] ?? nth + 1 })).filter(({ id }) => id !== you);
  const names = others.map(({ number, name, holds }) => {
    const who = name || fill(words.somebody, { number });
    return holds.length ? fill(words.holding, { who, cards: shortly(holds) }) : who;
  });
  byId("others").textContent = names.length ? fill(words.alsohere, { names: names.join("; ") }) : "";
  mark();
}

const shortly = (numbers) => numbers.slice(0, 5).join(", ") + (numbers.length > 5 ? "…" : "");

function mark() {
  const holders = new Map(others.flatMap(({ sign, holds }) => holds.map((card) => [card, sign])));
  for (const card of document.querySelectorAll("[data-holder]")) {
    if (!holders.has(numberOf(card))) delete card.dataset.holder;
  }
  for (const [number, sign] of holders) {
    for (const card of cardsNumbered(number)) card.dataset.holder = sign;
  }
}
