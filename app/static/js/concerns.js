// What people tell in private: as it comes, and that somebody sees to it.

import { start, words } from "./live.js";
import { perform } from "./outbox.js";

document.querySelector("main").addEventListener("submit", async (event) => {
  event.preventDefault();
  const { action, concern } = Object.fromEntries(new FormData(event.target));
  const receipt = await perform({ action, concern: Number(concern) });
  const isDone = receipt.status === "saved";
  document.getElementById("said").textContent = isDone ? words.done : "";
  document.getElementById("refused").textContent = isDone ? "" : receipt.reason;
});

start();
