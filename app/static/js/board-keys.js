// Sorting by keys: a theme's letter moves the picked cards, or the one in focus, and the focus goes
// on to the next. Only letters name themes; everything else is a digit, a sign or an arrow, so that
// no key changes its meaning when a theme is made.

import { byId, cardUnder, fill, move, pick, pickedCards, refuse, standOn } from "./board-moving.js";
import { words } from "./live.js";

const ASIDES = { 1: "unsorted", 2: "lone", 3: "parked" };
const SECOND_LETTER = 900; // ms to type it, where there are themes AA, AB …
const SIGNS = { "?": () => byId("keys").showModal(), ",": letIn, "-": () => byId("undo").click(),
  "+": () => byId("redo").click(), "=": () => byId("redo").click() };
let typed = "";
let waiting = 0;

export function listen(ask, single) {
  addEventListener("keydown", (event) => {
    if (event.defaultPrevented || event.altKey || document.querySelector("dialog[open]") || isWriting(event.target)) return;
    if (event.ctrlKey || event.metaKey) undoByKey(event);
    else if (event.key in WALKS) walk(event);
    else if (event.key === "Escape") pick(pickedCards(), false);
    else if (event.key === "Enter" && event.target.matches("input.pick")) { event.preventDefault(); ask(); }
    else if (single.checked) oneKey(event);
  });
}

// What was counted on the button, where there is something to let in.
function letIn() {
  const button = byId("lettingin");
  if (button && !button.hidden) button.click();
}

const isWriting = (element) => element.matches?.("textarea, select, [contenteditable], input:not([type=checkbox], [type=radio])");
const focused = () => cardUnder(document.activeElement);

function undoByKey(event) {
  const key = event.key.toLowerCase();
  if (key !== "z" && key !== "y") return;
  event.preventDefault();
  byId(key === "y" || event.shiftKey ? "redo" : "undo").click();
}

function oneKey(event) {
  const letter = letterOf(event);
  if (!letter) settle();
  if (letter) { event.preventDefault(); type(letter, event.shiftKey); }
  else if (event.key in ASIDES) sortTo(ASIDES[event.key]);
  else if (event.key in SIGNS) { event.preventDefault(); SIGNS[event.key](); }
}

// On a keyboard for other scripts, the key where the letter is on ours.
function letterOf({ key, code }) {
  if (/^[a-z]$/i.test(key)) return key.toUpperCase();
  return /^\p{L}$/u.test(key) ? code.match(/^Key([A-Z])$/)?.[1] : undefined;
}

function type(letter, adds) {
  clearTimeout(waiting);
  if (typed && !startsTheme(typed + letter)) settle(adds);
  typed += letter;
  if (!startsTheme(typed, 1)) settle(adds);
  else waiting = setTimeout(settle, SECOND_LETTER, adds);
}

// Whether a theme's letters begin so, and go on by at least so many.
const startsTheme = (text, more = 0) =>
  [...byId("themes").children].some((theme) => {
    const letters = theme.id.slice("themes-".length);
    return letters.startsWith(text) && letters.length >= text.length + more;
  });

function settle(adds = false) {
  clearTimeout(waiting);
  const letters = typed;
  typed = "";
  if (letters) sortTo(letters, adds);
}

function sortTo(place, adds = false) {
  const picked = pickedCards();
  const cards = picked.length ? picked : [focused()].filter(Boolean);
  if (!byId(place)) refuse(fill(words.notheme, { letter: place }));
  else if (!cards.length) refuse(words.pickfirst);
  else {
    if (!adds) goOn(cards);
    move(cards, place, { adds });
  }
}

// The next card in the list that one stands in, else the next that waits to be sorted.
function goOn(cards) {
  const from = focused() ?? cards.at(-1), leaving = new Set(cards);
  const staying = (card) => !leaving.has(card);
  const all = [...from.parentElement.children];
  const next = all.slice(all.indexOf(from)).find(staying) ?? all.findLast(staying) ?? [...byId("unsorted").children].find(staying);
  if (next) show(next);
  else byId("unsorted").focus();
}

const WALKS = { ArrowDown: 1, ArrowUp: -1, ArrowRight: 1, ArrowLeft: -1, Home: 0, End: 0 };

function walk(event) {
  const here = focused();
  if (!here && event.target !== document.body && !event.target.matches("ol.cards")) return;
  const next = here ? nextFrom(here, event.key) : document.querySelector("main li.card");
  event.preventDefault();
  if (event.shiftKey && here) pick([here, next].filter(Boolean));
  if (next) show(next);
}

function nextFrom(card, key) {
  if (key === "ArrowDown") return card.nextElementSibling;
  if (key === "ArrowUp") return card.previousElementSibling;
  if (key === "Home") return card.parentElement.firstElementChild;
  if (key === "End") return card.parentElement.lastElementChild;
  const isOnwards = (key === "ArrowRight") === (document.documentElement.dir !== "rtl");
  const lists = [...document.querySelectorAll("main ol.cards")].filter((list) => list.children.length);
  return lists[lists.indexOf(card.parentElement) + (isOnwards ? 1 : -1)]?.firstElementChild;
}

function show(card) {
  standOn(card);
  card.scrollIntoView({ block: "nearest", inline: "nearest" });
}
