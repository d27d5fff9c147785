// What others say, at the reader's own pace: new cards wait while somebody wants them to, and how
// many have come is said now and then. What is taken off the screens goes at once.

import { line, words } from "./live.js";
import { tellNews } from "./news.js";

const button = document.getElementById("pause");
const waiting = document.getElementById("waiting");
let highest = Infinity; // the highest number that is shown

const number = (card) => Number(card.id.slice("room-".length));
const cards = () => [...document.querySelectorAll("#room > li")];
const told = (count) => words.arrived.replace("{new}", count);

export const waits = (card) => number(card) > highest;

// `show` shows the cards that do not wait, and hides those that do.
export function keepPace(show) {
  if (!button) return; // a scribe's page shows nothing of others
  button.closest("details").hidden = false;
  button.addEventListener("click", () => {
    const isPaused = highest === Infinity;
    highest = isPaused ? Math.max(0, ...cards().map(number)) : Infinity;
    button.setAttribute("aria-pressed", isPaused);
    show();
    count();
  });
  line.addEventListener("placed", count);
  tellNews("room", told);
}

// One's own are no news.
const isOwn = (card) => document.getElementById(`mine-${number(card)}`);

function count() {
  const come = cards().filter((card) => waits(card) && !isOwn(card)).length;
  waiting.textContent = come ? told(come) : "";
}
