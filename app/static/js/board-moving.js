// Cards on the board, and moving them: at once on this page, then by the server's word. What is
// refused goes back to where it was, and the page says why.

import { line, words } from "./live.js";
import { perform } from "./outbox.js";
import { insert } from "./place.js";

const CARD = "main li.card";

export const byId = (id) => document.getElementById(id);
export const numberOf = (card) => Number(card.id.slice(card.id.lastIndexOf("-") + 1));
export const placeOf = (card) => card.parentElement.id;
export const boxOf = (card) => card.querySelector("input.pick");
export const pickedCards = () => [...document.querySelectorAll("input.pick:checked")].map((box) => box.closest(CARD));
export const cardUnder = (element) => element?.closest?.(CARD) ?? null;
export const cardsNumbered = (number) =>
  [...document.querySelectorAll("main ol.cards")].map((list) => byId(`${list.id}-${number}`)).filter(Boolean);
export const nameOf = (place) => words[place] ?? place;

export function say(text) {
  byId("refused").textContent = "";
  byId("said").textContent = text;
}

export function refuse(reason) {
  byId("said").textContent = "";
  byId("refused").textContent = reason;
}

export async function act(action) {
  say("");
  const receipt = await perform(action);
  if (receipt.status !== "saved") refuse(receipt.reason);
  return receipt.status === "saved";
}

export function pick(cards, on = true) {
  for (const card of cards) boxOf(card).checked = on;
  line.dispatchEvent(new Event("picked"));
}

export function standOn(card) {
  if (card) boxOf(card).focus({ preventScroll: true });
}

// Moves cards to a place: before a card there, or after all others. Those that stand there already
// stay as they are, unless one or the other was asked for. `adds` lets cards keep the places they
// have. One change for each place that they leave.
export async function move(cards, to, { before = null, last = false, adds = false } = {}) {
  const isAsked = adds || ((before || last) && !lies(cards, to, before));
  const going = isAsked ? cards : cards.filter((card) => placeOf(card) !== to);
  pick(cards, false);
  const all = await Promise.all([...byPlace(going)].map(([from, group]) => send(group, from, to, before, adds)));
  if (going.length && all.every(Boolean)) say(moved(going.map(numberOf), to));
}

// Whether one card is there already, just before the other or last.
function lies([card, ...more], to, before) {
  return !more.length && placeOf(card) === to && card.nextElementSibling === (before ? byId(`${to}-${before}`) : null);
}

function byPlace(cards) {
  const groups = new Map();
  for (const card of cards) groups.set(placeOf(card), [...(groups.get(placeOf(card)) ?? []), card]);
  return groups;
}

async function send(cards, from, to, before, adds) {
  const contributions = cards.map(numberOf);
  const action = { action: "place", contributions, theme: to };
  if (!adds) action.from = from;
  if (before) action.before = before;
  const steps = adds ? [] : stepsOf(cards, to, before);
  const isDone = await act(action);
  for (const step of steps) (isDone ? arrive : putBack)(step);
  return isDone;
}

// Puts cards where they will be, and remembers where they were. A card that stands there already
// has no way to go.
function stepsOf(cards, to, before) {
  const list = byId(to), next = before && byId(`${to}-${before}`);
  const steps = [];
  for (const [nth, card] of cards.entries()) {
    const id = `${to}-${numberOf(card)}`;
    if (!list || (byId(id) ?? card) !== card) continue;
    steps.push({ card, id, from: card.parentElement, was: { id: card.id, rank: card.dataset.rank } });
    card.dataset.rank = rankIn(list, card, next, (nth + 1) / (cards.length + 1));
    card.id = id;
    card.classList.add("going");
    insert(card, list);
  }
  return steps;
}

// A guess that puts it in the right order until the server says its rank.
function rankIn(list, card, next, share) {
  if (list.id === "unsorted") return numberOf(card);
  const rank = (one) => Number(one.dataset.rank);
  if (!next) return (list.lastElementChild ? rank(list.lastElementChild) : 0) + 1;
  const previous = next.previousElementSibling;
  const low = previous ? rank(previous) : rank(next) - 1;
  return low + (rank(next) - low) * share;
}

const arrive = ({ card }) => card.classList.remove("going");

// Unless a frame has said meanwhile where it is.
function putBack({ card, id, from, was }) {
  if (!card.isConnected || card.id !== id || !card.classList.contains("going")) return;
  arrive({ card });
  if (!from.isConnected || byId(was.id)) return;
  card.id = was.id;
  card.dataset.rank = was.rank;
  insert(card, from);
}

function moved(numbers, to) {
  if (numbers.length > 1) return fill(words.movedmany, { count: numbers.length, place: nameOf(to) });
  const card = byId(`${to}-${numbers[0]}`);
  const [list] = card ? [card.parentElement.children] : [[]];
  const isWhole = Number(document.body.dataset.first) <= 1;
  const sentence = card && isWhole ? words.movednth : words.movedto;
  const said = { card: numbers[0], place: nameOf(to), nth: [...list].indexOf(card) + 1, all: list.length };
  return fill(sentence, said);
}

export const fill = (sentence, values) => sentence.replace(/\{(\w+)\}/g, (all, name) => values[name] ?? all);
