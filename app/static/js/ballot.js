// The ballot on a phone: − and + beside each number, how many dots are left, and what was given
// before. Without this the numbers are typed, and the server counts them.

import { line, words } from "./live.js";

const inputsOf = (ballot) => [...ballot.querySelectorAll("[type=number]")];

export function offerBallots() {
  line.addEventListener("placed", readyAll);
  document.addEventListener("input", ({ target }) => {
    const ballot = target.closest?.(".ballot");
    if (ballot) count(ballot);
  });
  readyAll();
}

function readyAll() {
  for (const ballot of document.querySelectorAll(".ballot")) {
    if (!ballot.querySelector(".left")) furnish(ballot);
    fillIn(ballot);
    count(ballot);
  }
}

function furnish(ballot) {
  for (const input of inputsOf(ballot)) {
    input.before(step(input, -1, "−", words.less));
    input.after(step(input, 1, "+", words.more));
  }
  const left = ballot.appendChild(document.createElement("p"));
  left.className = "left";
  left.dataset.own = "";
  left.setAttribute("role", "status");
}

function step(input, by, sign, name) {
  const button = document.createElement("button");
  button.type = "button";
  button.dataset.own = "";
  button.textContent = sign;
  button.setAttribute("aria-label", name.replace("{}", input.name.slice(5)));
  button.addEventListener("click", () => {
    input.value = Math.max(0, Number(input.value) + by) || "";
    input.dispatchEvent(new Event("input", { bubbles: true }));
  });
  return button;
}

// What one gave before stands in a line of its own. What is being changed stays as it is.
function fillIn(ballot) {
  const mine = document.getElementById(`ballots-b${ballot.form.elements.namedItem("vote").value}`);
  if (!mine) return;
  const given = JSON.parse(mine.dataset.given);
  for (const input of inputsOf(ballot)) input.defaultValue = given[input.name.slice(5)] ?? "";
}

function count(ballot) {
  const all = Number(ballot.dataset.dots);
  const left = all - inputsOf(ballot).reduce((sum, input) => sum + Number(input.value), 0);
  for (const input of inputsOf(ballot)) {
    input.previousElementSibling.disabled = !Number(input.value);
    input.nextElementSibling.disabled = left <= 0;
  }
  const said = words.dotsleft.replace("{left}", left).replace("{all}", all);
  const place = ballot.querySelector(".left");
  if (place.textContent !== said) place.textContent = said;
}
