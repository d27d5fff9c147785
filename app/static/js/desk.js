// Pages about a session that follow nothing live still have the one button that can't wait.

import { blankByKey } from "./blank.js";

const button = document.getElementById("blanking");
const form = button.closest("form");
const newKey = () => [...crypto.getRandomValues(new Uint8Array(12))].map((one) => one.toString(16).padStart(2, "0")).join("");

form.addEventListener("submit", async (event) => {
  event.preventDefault();
  const said = document.getElementById("blanked");
  said.textContent = "";
  try {
    const answer = await fetch(form.getAttribute("action"), {
      method: "POST",
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify({ action: button.value, key: newKey() }),
    });
    const receipt = await answer.json();
    if (receipt.status !== "saved") throw new Error(receipt.reason);
    const isBlank = button.value === "blank";
    button.value = isBlank ? "unblank" : "blank";
    button.textContent = isBlank ? button.dataset.show : button.dataset.blank;
  } catch {
    said.textContent = said.dataset.failed;
  }
});
blankByKey();
