// The board as one list: the same cards, one under the other, each with a choice of where it goes.
// Nothing is dragged here. A choice is filled in when somebody comes to it: a large board would
// have tens of thousands of entries otherwise.

import { byId, cardUnder, fill, move, numberOf, placeOf, standOn } from "./board-moving.js";
import { line, words } from "./live.js";

const KEPT = "sheaf-board-list";
const button = byId("aslist");
let byKey = false; // whether the choice is being made with arrow keys
const isList = () => document.body.classList.contains("list");

export function offerList() {
  turn(localStorage.getItem(KEPT) === "1");
  button.addEventListener("click", () => {
    turn(!isList());
    localStorage.setItem(KEPT, isList() ? "1" : "0");
  });
  line.addEventListener("placed", furnish);
  const main = document.querySelector("main");
  for (const name of ["focusin", "pointerdown"]) {
    main.addEventListener(name, (event) => { if (event.target.matches("select.send")) fillIn(event.target); });
  }
  main.addEventListener("pointerdown", () => { byKey = false; });
  main.addEventListener("keydown", (event) => {
    if (!event.target.matches("select.send")) return;
    if (event.key === "Enter") choose(event.target);
    byKey = event.key !== "Enter";
  });
  // With arrow keys a choice changes step by step: it counts once somebody goes on.
  main.addEventListener("change", (event) => { if (event.target.matches("select.send") && !byKey) choose(event.target); });
  main.addEventListener("focusout", (event) => { if (event.target.matches("select.send")) choose(event.target); });
}

function turn(on) {
  document.body.classList.toggle("list", on);
  button.setAttribute("aria-pressed", on);
  if (on) furnish();
  else for (const select of document.querySelectorAll("select.send")) select.remove();
}

function furnish() {
  if (!isList()) return;
  for (const card of document.querySelectorAll("main li.card")) {
    const select = card.querySelector("select.send") ?? card.appendChild(newSelect());
    select.setAttribute("aria-label", fill(words.movecard, { card: numberOf(card) }));
  }
}

function newSelect() {
  const select = Object.assign(document.createElement("select"), { className: "send" });
  select.dataset.own = "";
  select.append(new Option(words.moveto, ""));
  return select;
}

function fillIn(select) {
  if (select.value) return;
  const here = placeOf(cardUnder(select));
  const themes = [...document.querySelectorAll("#choices button")].map((one) => [one.value, one.textContent.replace(/\s+/g, " ").trim()]);
  const asides = ["unsorted", "lone", "parked"].map((place) => [place, words[place]]);
  const options = [...themes, ...asides].filter(([place]) => place !== here).map(([place, name]) => new Option(name, place));
  select.replaceChildren(new Option(words.moveto, ""), ...options);
}

async function choose(select) {
  const [place, card] = [select.value, cardUnder(select)];
  select.value = "";
  if (!place || !card) return;
  const stood = document.activeElement === select;
  await move([card], place);
  if (stood && document.activeElement === document.body) standOn(card);
}
