// The big screen: one leaf at a time, in pages as high as the screen. Nothing is cut: a list that
// is too long flows into further columns, each as wide as the screen, and turning a page goes one
// column on. New cards come at the end of a list, so nothing moves under a reader's eye.

import { line, start, words } from "./live.js";

const byId = (id) => document.getElementById(id);
let current = byId("joining");
let page = 0;

const hasCards = (leaf) => !leaf.querySelector(".cards") || leaf.querySelector(".cards").children.length;
const leaves = () => [...document.querySelectorAll(".leaf")].filter(hasCards);

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
function obey() {
  const { blank, place, page: asked } = byId("shown").dataset;
  document.body.classList.toggle("blank", blank === "1");
  if (wanted === place + asked) return;
  const isFirst = wanted === "";
  wanted = place + asked;
  if (isFirst && !place) return;
  current = byId(place)?.closest(".leaf") ?? byId("joining");
  show();
  page = Number(asked) - 1;
}

// A page comes with the newest cards. Everybody's belong on the big screen, so it fetches the
// rest, block by block.
let fetching = 0;
function fetchRest() {
  fetching ||= setTimeout(() => { fetching = 0; document.querySelector("a.earlier")?.click(); }, 500);
}

const KEYS = { ArrowRight: 1, ArrowDown: 1, PageDown: 1, " ": 1, ArrowLeft: -1, ArrowUp: -1, PageUp: -1 };

// How far away the last row sits, and how dark the hall is: kept on this computer.
const LOOKS = {
  size: { values: ["6", "8", "4"], on: document.body },
  theme: { values: ["light", "dark"], on: document.documentElement },
};

function look(name, value) {
  LOOKS[name].on.dataset[name] = value;
  try { localStorage.setItem(`sheaf-${name}`, value); } catch { /* kept in the page only */ }
  show();
}

function lookNext(name) {
  const { values, on } = LOOKS[name];
  look(name, values[(values.indexOf(on.dataset[name]) + 1) % values.length]);
}

function kept(name) {
  try { return localStorage.getItem(`sheaf-${name}`); } catch { return null; }
}

addEventListener("keydown", (event) => {
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
byId("size").addEventListener("click", () => lookNext("size"));
byId("ground").addEventListener("click", () => lookNext("theme"));
addEventListener("resize", show);
document.fonts?.ready.then(show);
line.addEventListener("placed", () => { obey(); show(); fetchRest(); });
document.body.classList.add("paged");
for (const name in LOOKS) look(name, kept(name) ?? LOOKS[name].values[0]);
start();
obey();
show();
fetchRest();
