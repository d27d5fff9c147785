// What a card may belong with, for the dialog in which its place is chosen; and cards that look
// alike, to be picked together. Asked for when somebody looks, and never acted on by itself.

import { byId, cardsNumbered, numberOf, pick, pickedCards, placeOf } from "./board-moving.js";

const { code } = document.body.dataset;
const where = byId("where");
const box = byId("likely");
let asked = 0;

// The box has its room from the start, so that nothing moves under a finger when its answer comes.
export async function suggestFor(cards) {
  const mine = (asked += 1);
  box.replaceChildren();
  box.hidden = !byId("alike").firstElementChild || !cards.length || cards.some((card) => placeOf(card) !== "unsorted");
  if (box.hidden) return;
  const numbers = [...new Set(cards.map(numberOf))].join("-");
  try {
    const answer = await fetch(`/s/${code}/board/likely/${numbers}`);
    const said = answer.ok ? await answer.text() : "";
    if (mine === asked && where.open) box.innerHTML = said;
  } catch { /* offline: the themes are all there below */ }
}

export function pickAlike(sheet) {
  sheet.addEventListener("click", (event) => {
    const button = event.target.closest("button[data-pick]");
    if (!button) return;
    pick(pickedCards(), false);
    pick(button.dataset.pick.split("-").flatMap(cardsNumbered));
    sheet.close();
  });
}
