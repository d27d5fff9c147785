// The big screen: one leaf at a time, in pages as high as the screen. Nothing is cut: a list that
// is too long flows into further columns, each as wide as the screen, and turning a page goes one
// column on. New cards come at the end of a list, so nothing moves under a reader's eye.

import { line, start, words } from "./live.js";

const byId = (id) => document.getElementById(id);
let current = byId("joining");
let page = 0;

const hasCards = (leaf) => !leaf.querySelector(".cards") || leaf.querySelector(".cards").children.length;
// An empty leaf is passed over, unless somebody wants it shown.
const leaves = () => [...document.querySelectorAll(".leaf")].filter((leaf) => hasCards(leaf) || leaf === current);

function pages(leaf) {
  const list = leaf.querySelector(".cards");
  return list ? Math.max(1, Math.round((list.scrollWidth + gap(list)) / step(list))) : 1;
}

const gap = (list) => parseFloat(getComputedStyle(list).columnGap) || 0;
// Widths are fractions of a pixel, which would add up from page to page if they were rounded.
const step = (list) => list.getBoundingClientRect().width + gap(list);

function show() {
  current = byId(current.id) ?? current; // the page may have been made anew
  const all = leaves();
  if (!all.includes(current)) { current = all[0]; page = 0; }
  for (const leaf of document.querySelectorAll(".leaf")) leaf.classList.toggle("shown", leaf === current);
  page = Math.min(page, pages(current) - 1);
  const list = current.querySelector(".cards");
  const rtl = list && getComputedStyle(list).direction === "rtl" ? -1 : 1;
  list?.scrollTo({ left: rtl * page * step(list), behavior: "instant" });
  document.body.classList.toggle("joining", current.id === "joining");
  byId("where").textContent = list ? words.page.replace("{page}", page + 1).replace("{pages}", pages(current)) : "";
}

function turn(by) {
  const all = leaves();
  const at = all.indexOf(current);
  if (by > 0 && page < pages(current) - 1) page += 1;
  else if (by < 0 && page > 0) page -= 1;
  else if (all[at + by]) {
    current = all[at + by];
    show();
    page = by > 0 ? 0 : pages(current) - 1;
  }
  show();
}

// What facilitators want here. Turning pages by hand still works until they want something else.
let wanted = "";
let blank = "";
const given = {}; // how facilitators set it up when they last said so
let isCovered = false; // by a key of this computer, or of a clicker in somebody's hand
function obey() {
  const { place, page: asked, ...said } = byId("shown").dataset;
  for (const name in LOOKS) {
    if (name in given && given[name] !== said[name]) forget(name);
    given[name] = said[name];
    dress(name, own(name, said[name]) ?? said[name]);
  }
  if (blank !== said.blank) [blank, isCovered] = [said.blank, false];
  cover();
  if (wanted === place + asked) return;
  const isFirst = wanted === "";
  wanted = place + asked;
  if (isFirst && !place) return;
  current = byId(place)?.closest(".leaf") ?? byId("joining");
  show();
  page = Number(asked) - 1;
}

function cover() {
  document.body.classList.toggle("blank", blank === "1" || isCovered);
}

// A page comes with the newest cards. Everybody's belong on the big screen, so it fetches the
// rest, block by block.
let fetching = 0;
function fetchRest() {
  fetching ||= setTimeout(() => { fetching = 0; document.querySelector("a.earlier")?.click(); }, 500);
}

const KEYS = { ArrowRight: 1, ArrowDown: 1, PageDown: 1, " ": 1, ArrowLeft: -1, ArrowUp: -1, PageUp: -1 };

// How the screen is set up. Facilitators say it on the board; letters and ground can be changed here
// too, on this computer, until they say something else.
const LOOKS = {
  distance: { values: ["middle", "far", "near"], on: document.body.dataset, as: "distance" },
  ground: { values: ["light", "dark"], on: document.documentElement.dataset, as: "theme" },
  join: { on: document.body.dataset, as: "join" },
  zone: { on: document.body.dataset, as: "zone" },
};

function dress(name, value) {
  const { on, as } = LOOKS[name];
  on[as] = value;
}

function lookNext(name) {
  const { values, on, as } = LOOKS[name];
  const value = values[(values.indexOf(on[as]) + 1) % values.length];
  try { localStorage.setItem(`sheaf-${name}`, `${value} not ${byId("shown").dataset[name]}`); } catch { /* kept in the page only */ }
  dress(name, value);
  show();
}

function forget(name) {
  try { localStorage.removeItem(`sheaf-${name}`); } catch { /* nor was it kept */ }
}

function own(name, said) {
  try {
    const [value, over] = (localStorage.getItem(`sheaf-${name}`) ?? "").split(" not ");
    return over === said ? value : null;
  } catch { return null; }
}

addEventListener("keydown", (event) => {
  if (/^[.b]$/i.test(event.key) && !event.ctrlKey && !event.metaKey && !event.altKey && !event.repeat) {
    isCovered = !isCovered && blank !== "1";
    cover();
    return;
  }
  if (event.target.closest?.("button") && event.key === " ") return;
  if (event.key === "Home") { current = leaves()[0]; page = 0; show(); }
  const by = KEYS[event.key];
  if (!by) return;
  event.preventDefault();
  const isMirrored = document.dir === "rtl" && /Left|Right/.test(event.key);
  turn(isMirrored ? -by : by);
});
byId("back").addEventListener("click", () => turn(-1));
byId("on").addEventListener("click", () => turn(1));
byId("size").addEventListener("click", () => lookNext("distance"));
byId("ground").addEventListener("click", () => lookNext("ground"));
addEventListener("resize", show);
document.fonts?.ready.then(show);
line.addEventListener("placed", () => { obey(); show(); fetchRest(); });
document.body.classList.add("paged");
start();
obey();
show();
fetchRest();
