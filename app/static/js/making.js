// The making of the themes, played from the list of steps beneath it: a line says what was done, and
// its data-do where things are since then. So a moment is reached by playing all before it, and there
// is nothing to take back. It asks no server: in the exported file this very script stands inline.

const player = document.querySelector(".player");
const part = (name) => player?.querySelector(name);
const [slider, said, chosen, board] = ["[type=range]", ".moment", ".chosen", ".sheaves"].map(part);
const isStill = matchMedia("(prefers-reduced-motion: reduce)");

const steps = [...document.querySelectorAll(".moments li")].flatMap((line) =>
  line.dataset.do.split("|").map((change) => ({
    line,
    does: change.split(";").map((one) => one.split(":")),
  })));
const voices = new Map();
for (const item of document.querySelectorAll(".voices li[value]")) {
  if (!voices.has(item.value)) voices.set(item.value, item.querySelector(".voice"));
}
const known = new Set(steps.flatMap(({ does }) => does.map(([subject]) => subject)));
const isCard = (subject) => /^\d/.test(subject);
const size = ((cards) => (cards <= 150 ? "few" : cards <= 900 ? "many" : "crowd"))([...known].filter(isCard).length);
const under = new Map(); // a card to those it stands for

// How the cards of a sheaf are drawn: each as a button of its own

class Marks {
  #marks = new Map();

  constructor(box) {
    this.box = box;
  }

  put(number, next) {
    if (!this.#marks.has(number)) this.#marks.set(number, made(number));
    this.box.insertBefore(this.#marks.get(number), this.#marks.get(next) ?? null);
  }

  take(number) {
    this.#marks.get(number).remove();
  }

  draw(numbers, just, looked) {
    for (const number of numbers) {
      const [mark, others] = [this.#marks.get(number), under.get(number)?.size];
      mark.classList.toggle("just", just.has(number));
      mark.classList.toggle("looked", number === looked);
      if (others) mark.dataset.said = others + 1;
      else delete mark.dataset.said;
    }
  }

  element(number) {
    return this.#marks.get(number);
  }

  spot(number) {
    return this.#marks.get(number).getBoundingClientRect();
  }

  glide(number, from) {
    const [mark, to] = [this.#marks.get(number), this.spot(number)];
    if (from.x === to.x && from.y === to.y) return;
    mark.animate([{ translate: `${from.x - to.x}px ${from.y - to.y}px` }, { translate: "0" }], { duration: 300, easing: "ease-out" });
  }
}

// A crowd is dots on a canvas: thousands of elements are too many to be laid out in every frame.
// The one dot that Tab reaches has an element over it, so that it can be focused and read aloud.

const [DOT, PITCH, EDGE] = [9, 11, 3]; // CSS pixels: how large, from one to the next, and around all

class Dots {
  static #over;
  #canvas = document.createElement("canvas");
  #numbers = [];
  #just;
  #looked;

  constructor(box) {
    this.box = box;
    box.append(this.#canvas);
    new ResizeObserver(() => { if (box.clientWidth !== this.wide) this.#dress(); }).observe(box);
    for (const look of ["(prefers-color-scheme: dark)", "(forced-colors: active)"]) {
      matchMedia(look).addEventListener("change", () => this.#dress());
    }
  }

  put() {}

  take() {}

  spot() {}

  draw(numbers, just, looked) {
    [this.#numbers, this.#just, this.#looked] = [numbers, just, looked];
    this.#paint();
  }

  element(number) {
    if (!this.#isOver || Number(Dots.#over.textContent) !== number) {
      Dots.#over?.remove();
      Dots.#over = made(number);
      this.box.append(Dots.#over);
      this.#cover();
    }
    return Dots.#over;
  }

  at({ offsetX, offsetY }) {
    const x = this.isMirrored ? this.wide - offsetX : offsetX;
    const [column, row] = [x, offsetY].map((one) => Math.max(0, Math.floor((one - EDGE) / PITCH)));
    return this.#numbers[row * this.columns + Math.min(column, this.columns - 1)];
  }

  #dress() {
    const { color, outlineColor, direction } = getComputedStyle(this.#canvas);
    Object.assign(this, { color, outlineColor, isMirrored: direction === "rtl", wide: this.box.clientWidth });
    this.columns = Math.max(1, Math.floor((this.wide - 2 * EDGE + PITCH - DOT) / PITCH));
    this.#paint();
  }

  #paint() {
    if (!this.wide) return;
    const pen = this.#clear(Math.ceil(this.#numbers.length / this.columns) * PITCH + 2 * EDGE);
    this.#numbers.forEach((number, nth) => {
      const [along, y] = this.#place(nth);
      const x = this.isMirrored ? this.wide - DOT - along : along;
      const isJust = this.#just.has(number);
      pen.fillStyle = isJust ? this.outlineColor : this.color;
      if (isJust) pen.fillRect(x - 1, y - 1, DOT + 2, DOT + 2);
      else pen.fillRect(x, y, DOT, DOT);
      if (number === this.#looked) pen.strokeRect(x - 2, y - 2, DOT + 4, DOT + 4);
    });
    this.#cover();
  }

  #clear(tall) {
    const scale = devicePixelRatio;
    const sizes = { width: Math.round(this.wide * scale), height: Math.round(tall * scale) };
    const isOther = Object.keys(sizes).some((one) => this.#canvas[one] !== sizes[one]);
    if (isOther) Object.assign(this.#canvas, sizes).style.blockSize = `${tall}px`;
    const pen = this.#canvas.getContext("2d");
    pen.setTransform(scale, 0, 0, scale, 0, 0);
    pen.clearRect(0, 0, this.wide, tall);
    return Object.assign(pen, { strokeStyle: this.outlineColor, lineWidth: 2 });
  }

  #place(nth) {
    return [EDGE + (nth % this.columns) * PITCH, EDGE + Math.floor(nth / this.columns) * PITCH];
  }

  get #isOver() {
    return Dots.#over?.parentNode === this.box;
  }

  // The element goes where its dot went; and altogether, where the card is no longer here.
  #cover() {
    if (!this.#isOver || !this.wide) return;
    const number = Number(Dots.#over.textContent);
    const nth = rank(this.#numbers, number);
    if (this.#numbers[nth] !== number) return Dots.#over.remove();
    const [x, y] = this.#place(nth);
    Object.assign(Dots.#over.style, { insetInlineStart: `${x}px`, insetBlockStart: `${y}px` });
  }
}

function made(number) {
  const mark = document.createElement("button");
  return Object.assign(mark, { type: "button", className: "mark", tabIndex: -1, textContent: number });
}

const Drawn = size === "crowd" ? Dots : Marks;
const sheaves = new Map([...(board?.children ?? [])].map((sheaf) =>
  [sheaf.dataset.place, { sheaf, numbers: [], drawn: new Drawn(sheaf.querySelector(".marks")) }]));

// Where things are

let now = new Map(); // subject to where it is
let shown = new Map(); // the same, as it is on the page
let position = 0;

function go(to) {
  const target = Math.min(Math.max(Math.round(to), 0), steps.length);
  const touched = new Set(target < position ? now.keys() : []);
  if (target < position) [now, position] = [new Map(), 0];
  for (; position < target; position += 1) {
    for (const [subject, where] of steps[position].does) {
      now.set(subject, where);
      touched.add(subject);
    }
  }
  show([...touched].filter((one) => at(now, one) !== at(shown, one)));
  tell();
}

const at = (places, subject) => places.get(subject) ?? "-";
const standsIn = (where) => (/^[->]/.test(where) ? [] : where === "" ? ["unsorted"] : where.split(" "));

function show(subjects) {
  const few = subjects.length <= 12 && !isStill.matches;
  const before = few ? subjects.map((one) => here(one, ({ drawn }, number) => drawn.spot(number))) : [];
  for (const subject of subjects) {
    if (isCard(subject)) moveCard(Number(subject), at(shown, subject), at(now, subject));
    else turnTheme(subject, at(now, subject));
    shown.set(subject, at(now, subject));
  }
  count();
  draw();
  before.forEach((from, nth) => from && here(subjects[nth], ({ drawn }, number) => drawn.glide(number, from)));
}

function turnTheme(letter, where) {
  const { sheaf } = sheaves.get(letter);
  sheaf.hidden = where === "-";
  sheaf.querySelector(".name").hidden = where !== "=";
}

function moveCard(number, before, after) {
  const [old, fresh] = [standsIn(before), standsIn(after)];
  for (const place of old) if (!fresh.includes(place)) take(sheaves.get(place), number);
  for (const place of fresh) if (!old.includes(place)) put(sheaves.get(place), number);
  if (before[0] === ">") under.get(Number(before.slice(1))).delete(number);
  if (after[0] === ">") stands(Number(after.slice(1))).add(number);
}

function stands(first) {
  if (!under.has(first)) under.set(first, new Set());
  return under.get(first);
}

function take({ numbers, drawn }, number) {
  numbers.splice(rank(numbers, number), 1);
  drawn.take(number);
}

// By number, so that a card is soon found and nothing changes places that was not moved.
function put({ numbers, drawn }, number) {
  const nth = rank(numbers, number);
  drawn.put(number, numbers[nth]);
  numbers.splice(nth, 0, number);
}

function rank(numbers, number) {
  let [low, high] = [0, numbers.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (numbers[middle] < number) low = middle + 1;
    else high = middle;
  }
  return low;
}

function count() {
  for (const { sheaf, numbers } of sheaves.values()) {
    const voicesHere = numbers.reduce((sum, number) => sum + 1 + (under.get(number)?.size ?? 0), 0);
    sheaf.querySelector(".count").textContent = voicesHere;
  }
}

function draw() {
  const newest = steps[position - 1]?.does.map(([subject]) => subject).filter(isCard) ?? [];
  const just = new Set(newest.length <= 50 ? newest.map(standing) : []);
  for (const { numbers, drawn } of sheaves.values()) drawn.draw(numbers, just, standing(looked));
}

function standing(number) {
  const where = at(shown, String(number));
  return where[0] === ">" ? Number(where.slice(1)) : Number(number);
}

// Whatever is to be done with a card in the first sheaf in which it is seen.
function here(subject, todo) {
  const number = isCard(subject) ? standing(subject) : 0;
  const [place] = standsIn(at(shown, String(number)));
  return place && todo(sheaves.get(place), number);
}

function tell() {
  const step = steps[position - 1];
  let text = player.dataset.nothing;
  if (step) {
    const [time, what] = ["time", "b"].map((one) => step.line.querySelector(one).textContent);
    const cards = step.does.map(([subject]) => subject).filter(isCard);
    const some = cards.length > 8 ? [...cards.slice(0, 8), "…"] : cards;
    text = `${time} – ${what}${some.length ? `: ${some.join(", ")}` : ""}`;
  }
  said.textContent = text;
  slider.value = position;
  slider.setAttribute("aria-valuetext", text);
}

// A card that somebody looks at

let looked = 0;

function look(number) {
  looked = number;
  draw();
  tellLooked();
}

function tellLooked() {
  const all = [looked, ...[...under.get(looked) ?? []].sort((one, other) => one - other)];
  chosen.hidden = !looked;
  chosen.replaceChildren(...(known.has(String(looked)) ? all.map(told) : [player.dataset.none]));
}

function told(number) {
  const [line, name, text] = ["p", "b", "span"].map((one) => document.createElement(one));
  const voice = voices.get(number);
  name.textContent = number;
  text.textContent = voice ? voice.textContent : player.dataset.unquoted;
  if (voice) [text.dir, text.lang] = ["auto", voice.lang];
  line.append(name, " ", text);
  return line;
}

let tab; // the one mark that can be reached by Tab, and the others from it by arrows

function reach(place, number) {
  if (tab) tab.tabIndex = -1;
  tab = sheaves.get(place).drawn.element(number);
  tab.tabIndex = 0;
}

const placeOf = (mark) => mark.closest(".sheaf").dataset.place;

function reached({ target }) {
  reach(placeOf(target), Number(target.textContent));
  look(Number(target.textContent));
}

function focus(place, number) {
  reach(place, number);
  tab.focus();
}

const marks = () => [...sheaves].flatMap(([place, { numbers }]) => numbers.map((number) => [place, number]));
const ARROWS = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1 };

function walk(event) {
  const isMirrored = /Left|Right/.test(event.key) && getComputedStyle(board).direction === "rtl";
  const by = (ARROWS[event.key] ?? 0) * (isMirrored ? -1 : 1);
  if (!by) return;
  event.preventDefault();
  const [all, here, said] = [marks(), placeOf(event.target), Number(event.target.textContent)];
  const next = all[all.findIndex(([place, number]) => place === here && number === said) + by];
  if (next) focus(...next);
}

function pick(event) {
  if (event.target.localName !== "canvas") return;
  const place = placeOf(event.target);
  const number = sheaves.get(place).drawn.at(event);
  if (number) focus(place, number);
}

// Playing

const LONG = 45; // seconds that it takes at the usual speed, where there is much to play
const MOST = 2; // pictures in a second for whoever wants nothing to move
let frame = 0;

function play() {
  if (frame) return stop();
  if (position === steps.length) go(0);
  const speed = Number(part(".speed").value);
  const rate = Math.max(1.5, steps.length / LONG) * speed;
  let [last, reached] = [performance.now(), position];
  part(".play").textContent = part(".play").dataset.pause;
  const tick = (time) => {
    frame = requestAnimationFrame(tick);
    if (isStill.matches && time - last < 1000 / MOST) return;
    reached += Math.max(0, time - last) / 1000 * rate;
    last = time;
    if (Math.floor(reached) > position) go(Math.floor(reached));
    if (position === steps.length) stop();
  };
  frame = requestAnimationFrame(tick);
}

function stop() {
  cancelAnimationFrame(frame);
  frame = 0;
  part(".play").textContent = part(".play").dataset.play;
}

let waiting = 0;

function scrub() {
  stop();
  waiting ||= requestAnimationFrame(() => { waiting = 0; go(Number(slider.value)); settle(); });
}

function step(by) {
  stop();
  go(position + by);
  settle();
}

// What is looked at stays looked at, and Tab finds a mark.
function settle() {
  if (looked) tellLooked();
  const [first] = tab?.isConnected ? [] : marks();
  if (first) reach(...first);
}

function start() {
  board.dataset.size = size;
  part(".play").dataset.play = part(".play").textContent;
  slider.max = steps.length;
  player.hidden = false;
  go(steps.length);
  settle();
  slider.addEventListener("input", scrub);
  part(".play").addEventListener("click", play);
  part(".speed").addEventListener("change", () => { if (frame) { stop(); play(); } });
  part(".back").addEventListener("click", () => step(-1));
  part(".on").addEventListener("click", () => step(1));
  part(".find").addEventListener("input", (event) => look(Number(event.target.value)));
  board.addEventListener("keydown", walk);
  board.addEventListener("focusin", reached);
  board.addEventListener("click", pick);
}

if (steps.length && player) start();
