// One card at a time: show it, or keep it hidden. Nothing here is on any other screen.

import { blankWith } from "./blank.js";
import { start, words } from "./live.js";
import { perform } from "./outbox.js";

const byId = (id) => document.getElementById(id);
const KEYS = { s: "approve", h: "hide" };

async function act(action) {
  byId("refused").textContent = "";
  const receipt = await perform(action);
  const isDone = receipt.status === "saved";
  byId(isDone ? "said" : "refused").textContent = isDone ? words.done : receipt.reason;
  return isDone;
}

// With the words that are on the page: who has not read what an author says now, lets nothing be seen.
function decide(action, card, alike) {
  const contributions = [Number(card.id.slice(card.id.lastIndexOf("-") + 1))];
  act({ action, contributions, wordings: [Number(card.dataset.wording)], alike });
}

document.querySelector("main").addEventListener("click", (event) => {
  const button = event.target.closest("button[name]");
  if (button) decide(button.name, button.closest("li.card"), "alike" in button.dataset);
});

byId("undo").addEventListener("click", () => act({ action: "undo" }));

addEventListener("keydown", (event) => {
  const first = document.querySelector("#held > li");
  const action = KEYS[event.key.toLowerCase()];
  if (!byId("keys").checked || !first || !action || event.ctrlKey || event.metaKey || event.altKey) return;
  decide(action, first, event.shiftKey);
});

blankWith(act);
start();
