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
const sheaves = new Map([...(board?.children ?? [])].map((sheaf) =>
  [sheaf.dataset.place, { sheaf, box: sheaf.querySelector(".marks"), numbers: [], marks: new Map() }]));

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
const isCard = (subject) => /^\d/.test(subject);
const standsIn = (where) => (/^[->]/.test(where) ? [] : where === "" ? ["unsorted"] : where.split(" "));

function show(subjects) {
  const few = subjects.length <= 12 && !isStill.matches;
  const before = few ? subjects.map((one) => spot(one)) : [];
  for (const subject of subjects) {
    if (isCard(subject)) moveCard(Number(subject), at(shown, subject), at(now, subject));
    else turnTheme(subject, at(now, subject));
    shown.set(subject, at(now, subject));
  }
  count(subjects);
  for (const mark of board.querySelectorAll(".just")) mark.classList.remove("just");
  const newest = steps[position - 1]?.does.map(([subject]) => subject) ?? [];
  if (newest.length <= 50) for (const mark of newest.flatMap(marksOf)) mark.classList.add("just");
  before.forEach((from, nth) => from && glide(from, spot(subjects[nth]), marksOf(subjects[nth])[0]));
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
}

function take({ numbers, marks }, number) {
  numbers.splice(rank(numbers, number), 1);
  marks.get(number).remove();
}

// By number, so that a card is soon found and nothing changes places that was not moved.
function put({ box, numbers, marks }, number) {
  const nth = rank(numbers, number);
  if (!marks.has(number)) marks.set(number, made(number));
  box.insertBefore(marks.get(number), marks.get(numbers[nth]) ?? null);
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

function made(number) {
  const mark = document.createElement("button");
  Object.assign(mark, { type: "button", className: "mark", tabIndex: -1, textContent: number });
  return mark;
}

const under = new Map(); // a card to those it stands for

function count(subjects) {
  if (!subjects.some(isCard)) return;
  under.clear();
  for (const [subject, where] of shown) {
    if (where[0] !== ">") continue;
    const first = Number(where.slice(1));
    if (!under.has(first)) under.set(first, []);
    under.get(first).push(Number(subject));
  }
  for (const { sheaf, numbers, marks } of sheaves.values()) {
    let voicesHere = numbers.length;
    for (const number of numbers) {
      const others = under.get(number)?.length ?? 0;
      voicesHere += others;
      const mark = marks.get(number);
      if (others) mark.dataset.said = others + 1;
      else if (mark.dataset.said) delete mark.dataset.said;
    }
    sheaf.querySelector(".count").textContent = voicesHere;
  }
}

const standing = (subject) => (at(shown, subject)[0] === ">" ? at(shown, subject).slice(1) : subject);

function marksOf(subject) {
  if (!isCard(subject)) return [];
  const number = Number(standing(subject));
  return standsIn(at(shown, String(number))).map((place) => sheaves.get(place).marks.get(number));
}

const spot = (subject) => marksOf(subject)[0]?.getBoundingClientRect();

function glide(from, to, mark) {
  if (!to || (from.x === to.x && from.y === to.y)) return;
  mark.animate([{ translate: `${from.x - to.x}px ${from.y - to.y}px` }, { translate: "0" }], { duration: 300, easing: "ease-out" });
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
  for (const mark of board.querySelectorAll(".looked")) mark.classList.remove("looked");
  looked = number;
  const isThere = known.has(String(number));
  if (isThere) for (const mark of marksOf(String(number))) mark.classList.add("looked");
  chosen.hidden = !number;
  chosen.replaceChildren(...(isThere ? [number, ...(under.get(number) ?? [])].map(told) : [player.dataset.none]));
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

// One mark can be reached by Tab, and the others from it by arrows.
function reach(mark) {
  for (const one of board.querySelectorAll(".mark[tabindex='0']")) one.tabIndex = -1;
  if (mark) mark.tabIndex = 0;
}

const ARROWS = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1 };

function walk(event) {
  const isMirrored = /Left|Right/.test(event.key) && getComputedStyle(board).direction === "rtl";
  const by = (ARROWS[event.key] ?? 0) * (isMirrored ? -1 : 1);
  if (!by) return;
  event.preventDefault();
  const all = [...board.querySelectorAll(".mark")];
  all[all.indexOf(event.target) + by]?.focus();
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
  if (looked) look(looked);
  if (!board.querySelector(".mark[tabindex='0']")) reach(board.querySelector(".mark"));
}

function start() {
  const cards = [...known].filter(isCard).length;
  board.dataset.size = cards <= 150 ? "few" : cards <= 900 ? "many" : "crowd";
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
  board.addEventListener("focusin", ({ target }) => { reach(target); look(Number(target.textContent)); });
}

if (steps.length && player) start();
