// Pages about a session that follow nothing live still have the one button that can't wait.

import { blankWith } from "./blank.js";

const button = document.getElementById("blanking");
const said = document.getElementById("blanked");
const newKey = () => [...crypto.getRandomValues(new Uint8Array(12))].map((one) => one.toString(16).padStart(2, "0")).join("");
let turn = Promise.resolve(); // one after the other, as they were asked for

async function send({ action }) {
  said.textContent = "";
  try {
    const answer = await fetch(button.form.getAttribute("action"), {
      method: "POST",
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify({ action, key: newKey() }),
    });
    const receipt = await answer.json();
    if (receipt.status !== "saved") throw new Error(receipt.reason);
  } catch {
    said.textContent = said.dataset.failed;
    return false;
  }
  button.textContent = action === "blank" ? button.dataset.show : button.dataset.blank;
  return true;
}

blankWith((action) => (turn = turn.then(() => send(action))));
