// The board: what can be done with cards, themes and the session, by whatever hand. Where everybody
// sorts, those who take part have a board without what only facilitators may do.

import { listen } from "./board-keys.js";
import { offerList } from "./board-list.js";
import { KEPT, blankWith } from "./blank.js";
import { act, byId, cardsNumbered, cardUnder, fill, move, numberOf, pick, pickedCards, say, standOn } from "./board-moving.js";
import { pickMany } from "./board-picking.js";
import { beSeen, carrying } from "./board-presence.js";
import { pickAlike, suggestFor } from "./board-suggest.js";
import { draggable } from "./drag.js";
import { line, start, words } from "./live.js";
import { tellNews } from "./news.js";

const { code, screen } = document.body.dataset;
const leads = screen === "board";
const main = document.querySelector("main");
const where = byId("where");
const sheet = byId("sheet");
const single = byId("single");
const forPicked = ["move", "also", "hide", "answered", "closer", "unpick"].map(byId).filter(Boolean);
let adds = false; // whether the dialog gives a second place, or moves

const pickedNumbers = () => [...new Set(pickedCards().map(numberOf))];

function countPicked() {
  const picked = pickedNumbers();
  const count = picked.length;
  if (leads) byId("closer").dataset.sheet = `cards/${picked.join("-")}`;
  byId("picked").textContent = count ? words.picked.replace("{}", count) : "";
  document.body.classList.toggle("picking", count > 0);
  for (const button of forPicked) button.disabled = !count;
  if (count) byId("said").textContent = ""; // it was of other cards, and the buttons need the room
}

function ask(second = false) {
  if (!pickedCards().length) pick([cardUnder(document.activeElement)].filter(Boolean));
  adds = second;
  byId("wherehead").textContent = byId(second ? "also" : "move").textContent;
  where.querySelector(".asides").hidden = second;
  suggestFor(pickedCards());
  where.showModal();
}

// The focus goes with the cards.
async function send(cards, to, options) {
  const [number] = cards.map(numberOf);
  if (!number) return; // taken back by its author meanwhile
  await move(cards, to, options);
  const card = byId(`${to}-${number}`) ?? cardsNumbered(number)[0];
  const on = document.activeElement; // a button that is switched off keeps it for a moment
  if (on === document.body || on.disabled || where.contains(on)) standOn(card);
}

line.addEventListener("picked", countPicked);
line.addEventListener("placed", countPicked);
document.addEventListener("change", (event) => {
  if (event.target.matches("input.pick")) line.dispatchEvent(new Event("picked"));
});
byId("move").addEventListener("click", () => ask());
byId("also").addEventListener("click", () => ask(true));
byId("hide")?.addEventListener("click", async () => {
  if (await act({ action: "hide", contributions: pickedNumbers() })) say(words.hidden);
});
byId("answered")?.addEventListener("click", async () => {
  const numbers = pickedNumbers();
  pick(pickedCards(), false);
  for (const number of numbers) await act({ action: "mark_answered", number });
});
byId("unpick").addEventListener("click", () => pick(pickedCards(), false));
for (const action of ["undo", "redo"]) {
  byId(action).addEventListener("click", async () => {
    if (await act({ action })) say(words[action]);
  });
}

where.addEventListener("click", (event) => {
  const choice = event.target.closest('button[type="button"]');
  if (!choice) return;
  where.close();
  send(pickedCards(), choice.value, { adds });
});

// While cards are picked, a tap on a theme's head, or on its “Here”, brings them there.
main.addEventListener("click", (event) => {
  const here = event.target.closest("button.here"), head = event.target.closest(".theme > header");
  const picked = pickedCards();
  if (!picked.length || (!here && (!head || event.target.closest("button")))) return;
  send(picked, (here ?? head).closest("section").querySelector("[data-list]").id);
});

draggable(main, {
  grasp: (card) => (pickedCards().includes(card) ? pickedCards() : [card]),
  drop: (cards, { place, before, last }) => { if (cards.length) send(cards, place, { before, last }); },
  carry: carrying,
});

single.checked = localStorage.getItem(KEPT) !== "0";
single.addEventListener("change", () => localStorage.setItem(KEPT, single.checked ? "1" : "0"));
byId("askkeys").addEventListener("click", () => byId("keys").showModal());

document.addEventListener("submit", async (event) => {
  const form = event.target;
  if (!form.matches("[data-action], #newtheme")) return;
  event.preventDefault();
  const data = new FormData(form);
  const action = Object.fromEntries(data);
  for (const name of ["contributions", "themes"]) if (data.has(name)) action[name] = data.getAll(name).join(" ");
  if (form.id === "newtheme" && !action.name) delete action.name;
  if (action.before === "") delete action.before;
  if (await act(action)) {
    if (form.id === "newtheme") form.reset();
    else if ("stay" in form.dataset) await read(opened, event.submitter);
    else sheet.close();
  }
});

document.addEventListener("click", (event) => {
  const { id, value } = event.target;
  if (id === "lettingin") act({ action: "let_in", upto: Number(value) });
});

document.addEventListener("click", async (event) => {
  const opener = event.target.closest("button.sheeted");
  if (!opener) return;
  await read(opener.dataset.sheet);
  if (sheet.open) sheet.querySelector("input:not([type=hidden]), button").focus();
  else sheet.showModal();
});

// What a sheet says is as of now. One that stays open is read anew, and the focus stays where it was.
let opened = "";
async function read(which, button = null) {
  opened = which;
  const nth = [...sheet.querySelectorAll("button")].indexOf(button);
  await htmx.ajax("GET", `/s/${code}/board/${which}`, { target: "#sheet", swap: "innerHTML" });
  if (nth >= 0) sheet.querySelectorAll("button")[nth]?.focus();
}

pickMany(main);
if (leads) pickAlike(sheet);
listen(ask, single);
offerList();
tellNews("unsorted", (come) => fill(words.news, { new: come, all: byId("allcount").dataset.all }));
if (leads) { beSeen(); blankWith(act); }
start();
countPicked();
