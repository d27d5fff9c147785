// Dragging cards by mouse, pen and finger. A finger has to rest on a card first, so that swiping
// still scrolls. While cards are in hand, and from the press on, the page holds still. A frame
// looks at the page once, before it writes anything; moving the pointer only notes where it is.

import { hold, line, release } from "./live.js";

const RESTS = 350; // ms that a finger rests on a card before it is in hand
const SLACK = 6; // px that are no movement yet
const EDGE = 64; // px from an edge where the wall begins to scroll
const FASTEST = 20; // px a frame
const NOT_A_HANDLE = "a, button, select, textarea, summary, label:has(select)";

let press = null; // { id, x, y, card, isTouch, timer }
let hand = null; // { cards, image, x, y, spot, frame, scroller, edges }

// `grasp(card)` answers the cards that come along; `drop(cards, { place, before, last })` lays them down;
// `carry(cards)` is told what is in hand, an empty list at the end.
export function draggable(area, { grasp, drop, carry }) {
  area.addEventListener("pointerdown", (event) => {
    const card = event.target.closest("li.card");
    if (press || !event.isPrimary || event.button || !card || event.target.closest(NOT_A_HANDLE)) return;
    const isTouch = event.pointerType === "touch";
    press = { id: event.pointerId, x: event.clientX, y: event.clientY, card, isTouch };
    if (isTouch) press.timer = setTimeout(lift, RESTS);
    hold();
  });
  addEventListener("pointermove", (event) => {
    if (event.pointerId !== press?.id) return;
    if (!event.buttons) letGo(); // let go where the page did not hear it
    else if (hand) [hand.x, hand.y] = [event.clientX, event.clientY];
    else if (Math.hypot(event.clientX - press.x, event.clientY - press.y) < SLACK) return;
    else if (press.isTouch) letGo();
    else lift(event);
  });
  addEventListener("pointerup", (event) => {
    if (event.pointerId !== press?.id) return;
    const laid = hand && { cards: hand.cards, spot: spotAt(event.clientX, event.clientY) };
    if (laid) swallowClick();
    // Before others' changes come in: the cards leave from where they were taken.
    letGo(() => { if (laid?.spot) drop(laid.cards, laid.spot); });
  });
  addEventListener("pointercancel", (event) => { if (event.pointerId === press?.id) letGo(); });
  addEventListener("blur", () => letGo());
  addEventListener("keydown", (event) => {
    if (!hand || event.key !== "Escape") return;
    event.preventDefault();
    event.stopImmediatePropagation();
    letGo();
  }, true);
  // Once a card is in hand, the finger moves it and not the page; this has to be known beforehand.
  area.addEventListener("touchmove", (event) => { if (hand) event.preventDefault(); }, { passive: false });
  area.addEventListener("contextmenu", (event) => { if (press?.isTouch) event.preventDefault(); });
  line.addEventListener("gone", ({ detail }) => {
    if (hand?.cards.some((card) => detail.includes(card.id.split("-").pop()))) letGo();
  });

  function lift(event = press) {
    const cards = grasp(press.card);
    hand = { cards, image: imageOf(press.card, cards.length), x: event.clientX ?? press.x, y: event.clientY ?? press.y };
    area.setPointerCapture?.(press.id);
    document.body.append(hand.image);
    for (const card of cards) card.classList.add("lifted");
    hand.frame = requestAnimationFrame(turn);
    carry(cards);
  }

  function letGo(then = () => {}) {
    if (!press) return;
    clearTimeout(press.timer);
    if (hand) {
      cancelAnimationFrame(hand.frame);
      hand.image.remove();
      light(null);
      for (const card of hand.cards) card.classList.remove("lifted");
      hand = null;
      carry([]);
    }
    press = null;
    then();
    release();
  }
}

function imageOf(card, count) {
  const image = document.createElement("div");
  image.className = count > 1 ? "hand many" : "hand";
  image.setAttribute("aria-hidden", "true");
  image.append(card.querySelector(".voice").cloneNode(true));
  if (count > 1) image.append(Object.assign(document.createElement("b"), { textContent: count }));
  return image;
}

function turn() {
  const { x, y } = hand;
  const under = document.elementFromPoint(x, y);
  const spot = spotUnder(under, x, y);
  const [across, down] = pull(under, x, y);
  hand.image.style.transform = `translate(${x}px,${y}px)`;
  light(spot);
  if (across || down) hand.scroller.scrollBy(across, down);
  hand.frame = requestAnimationFrame(turn);
}

const spotAt = (x, y) => spotUnder(document.elementFromPoint(x, y), x, y);

// Where the cards would lie: in which place, and before which card. In the gap above a card is
// before it; what waits to be sorted stays in its own order.
function spotUnder(under, x, y) {
  const zone = under?.closest("[data-zone], section.theme");
  const list = zone?.querySelector("[data-list]");
  if (!list) return null;
  const spot = { zone, place: list.id, before: null, mark: null };
  if (list.id === "unsorted" || under === zone || under.closest("header, h2")) return spot;
  const card = under.closest("li.card") ?? document.elementFromPoint(x, y + 8)?.closest("li.card");
  if (card?.parentElement !== list) return spot;
  const { top, height } = card.getBoundingClientRect();
  let next = y < top + height / 2 ? card : card.nextElementSibling;
  while (next?.classList.contains("lifted")) next = next.nextElementSibling;
  if (!next) return { ...spot, mark: list, last: true };
  return { ...spot, mark: next, before: Number(next.id.slice(list.id.length + 1)) };
}

function light(spot) {
  const before = hand.spot;
  if (before?.zone === spot?.zone && before?.mark === spot?.mark) return;
  before?.zone.classList.remove("lit");
  before?.mark?.classList.remove("next");
  spot?.zone.classList.add("lit");
  spot?.mark?.classList.add("next");
  hand.spot = spot;
}

// How far the wall scrolls in this frame: the nearer to its edge, the faster.
function pull(under, x, y) {
  const over = under?.closest(".themes, aside");
  const scroller = over && getComputedStyle(over).overflowY === "auto" ? over : (hand.scroller ?? document.scrollingElement);
  if (scroller !== hand.scroller) {
    hand.scroller = scroller;
    hand.edges = scroller === document.scrollingElement
      ? { left: 0, top: 0, right: innerWidth, bottom: innerHeight } : scroller.getBoundingClientRect();
  }
  const { left, top, right, bottom } = hand.edges;
  return [speed(x - left, right - x), speed(y - top, bottom - y)];
}

function speed(fromStart, fromEnd) {
  const nearest = Math.min(fromStart, fromEnd);
  if (nearest >= EDGE) return 0;
  return (fromStart < fromEnd ? -1 : 1) * Math.ceil(FASTEST * Math.min(1, (EDGE - nearest) / EDGE));
}

// The click that follows a drag is none.
function swallowClick() {
  const swallow = (event) => { event.preventDefault(); event.stopImmediatePropagation(); };
  addEventListener("click", swallow, { capture: true, once: true });
  setTimeout(() => removeEventListener("click", swallow, true), 50);
}
