// What people tell in private: as it comes, and that somebody sees to it.

import { blankWith } from "./blank.js";
import { start, words } from "./live.js";
import { perform } from "./outbox.js";

const byId = (id) => document.getElementById(id);

async function act(action) {
  const receipt = await perform(action);
  const isDone = receipt.status === "saved";
  byId("said").textContent = isDone ? words.done : "";
  byId("refused").textContent = isDone ? "" : receipt.reason;
  return isDone;
}

document.querySelector("main").addEventListener("submit", (event) => {
  event.preventDefault();
  const { action, concern } = Object.fromEntries(new FormData(event.target));
  act({ action, concern: Number(concern) });
});

blankWith(act);
start();
