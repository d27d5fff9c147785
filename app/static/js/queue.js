// One card at a time: show it, or keep it hidden. Nothing here is on any other screen.

import { start, words } from "./live.js";
import { perform } from "./outbox.js";

const byId = (id) => document.getElementById(id);
const KEYS = { s: "approve", h: "hide" };

async function act(action) {
  byId("refused").textContent = "";
  const receipt = await perform(action);
  const isDone = receipt.status === "saved";
  byId(isDone ? "said" : "refused").textContent = isDone ? words.done : receipt.reason;
}

function decide(action, number) {
  act({ action, contributions: [Number(number)] });
}

document.querySelector("main").addEventListener("click", (event) => {
  const button = event.target.closest("button[name]");
  if (button) decide(button.name, button.value);
});

byId("undo").addEventListener("click", () => act({ action: "undo" }));

addEventListener("keydown", (event) => {
  const first = document.querySelector("#held > li");
  const action = KEYS[event.key];
  if (!byId("keys").checked || !first || !action || event.ctrlKey || event.metaKey || event.altKey) return;
  decide(action, first.id.slice("held-".length));
});

start();
