// Picking many cards: a lasso over the empty wall, and from one card to another with Shift.

import { boxOf, cardUnder, pick } from "./board-moving.js";
import { hold, release } from "./live.js";

const CARDS = "main li.card";
let last = null; // the card that was picked last
let lasso = null; // { x, y, frame, to, box, cards, kept }

export function pickMany(area) {
  area.addEventListener("click", (event) => {
    const card = event.target.matches("input.pick") ? cardUnder(event.target) : null;
    if (!card) return;
    if (event.shiftKey && last?.parentElement === card.parentElement) pick(between(last, card), event.target.checked);
    last = card;
  });
  area.addEventListener("pointerdown", (event) => {
    if (event.pointerType === "touch" || event.button || event.target.closest(TAKEN)) return;
    lasso = { x: event.clientX, y: event.clientY };
    hold();
  });
  addEventListener("pointermove", (event) => {
    if (lasso && !event.buttons) finish(); // let go where the page did not hear it
    if (!lasso) return;
    lasso.to = [event.clientX, event.clientY];
    if (!lasso.box && Math.hypot(event.clientX - lasso.x, event.clientY - lasso.y) > 6) cast(event.shiftKey);
    if (lasso.box) lasso.frame ??= requestAnimationFrame(draw);
  });
  for (const name of ["pointerup", "pointercancel", "blur"]) addEventListener(name, finish);
  addEventListener("keydown", (event) => { if (event.key === "Escape") finish(); });
}

const TAKEN = "li.card, a, button, input, select, textarea, label, summary, dialog";

// Shift or Ctrl is pressed: what is picked already stays so.
function cast(adds) {
  const onScreen = ({ right, bottom, left, top }) => right > 0 && bottom > 0 && left < innerWidth && top < innerHeight;
  const cards = [...document.querySelectorAll(CARDS)].map((card) => ({ box: boxOf(card), at: card.getBoundingClientRect() }));
  lasso.cards = cards.filter(({ at }) => onScreen(at)).map((one) => ({ ...one, was: adds && one.box.checked }));
  if (!adds) pick([...document.querySelectorAll(CARDS)].filter((card) => boxOf(card).checked), false);
  lasso.box = Object.assign(document.createElement("div"), { className: "lasso" });
  document.body.append(lasso.box);
}

function draw() {
  lasso.frame = null;
  const { x, y, to: [toX, toY], box, cards } = lasso;
  const [left, right, top, bottom] = [Math.min(x, toX), Math.max(x, toX), Math.min(y, toY), Math.max(y, toY)];
  Object.assign(box.style, { left: `${left}px`, top: `${top}px`, width: `${right - left}px`, height: `${bottom - top}px` });
  for (const one of cards) {
    one.box.checked = one.was || (one.at.left < right && one.at.right > left && one.at.top < bottom && one.at.bottom > top);
  }
}

function finish() {
  if (!lasso) return;
  if (lasso.box) {
    cancelAnimationFrame(lasso.frame);
    if (lasso.frame) draw();
    lasso.box.remove();
    pick([]);
  }
  lasso = null;
  release();
}

function between(one, other) {
  const all = [...one.parentElement.children];
  const [from, to] = [all.indexOf(one), all.indexOf(other)].sort((a, b) => a - b);
  return all.slice(from, to + 1);
}
