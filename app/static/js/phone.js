// The page in people's hands: nothing they write is lost, and they see what became of it.

import { offerBallots } from "./ballot.js";
import { isOpen, line, start, words } from "./live.js";
import { newKey, perform } from "./outbox.js";
import { handOver, isMine, isPassed, maySend, passOn, who } from "./passing.js";
import { keepPace, waits } from "./pace.js";
import { forget, keep, store, unsent } from "./unsent.js";

const byId = (id) => document.getElementById(id);
const form = byId("post");
const private_ = byId("tell");
const box = form.elements.namedItem("text");
const said = byId("said");
const told = byId("told");
const refused = byId("refused");
const waiting = byId("unsent");
const DRAFT = "sheaf-draft";

if (!box.value) box.value = store.get(DRAFT);
box.addEventListener("input", () => store.set(DRAFT, box.value));

// Another language is the same page from the server, with what stands in the box.
let isLeaving = false;
document.querySelector(".tongues")?.addEventListener("click", (event) => { isLeaving ||= Boolean(event.target.closest("button")); });
history.replaceState(null, "", location.pathname + location.hash); // to load it again asks for nothing twice

form.addEventListener("submit", (event) => {
  if (isLeaving) return;
  event.preventDefault();
  refused.textContent = "";
  const action = read();
  if (!action.text.trim()) { box.focus(); return; }
  empty();
  box.focus();
  send(action);
});

// Told in private: it stands on no page, not even on this one.
private_.addEventListener("submit", (event) => {
  event.preventDefault();
  const text = private_.elements.namedItem("text").value;
  if (!text.trim()) return;
  private_.reset();
  send({ action: "raise_concern", text });
});

// What a scribe writes down is read back.
const reads = read().action === "write_down";
const saved = ({ number }, { text = "" }) => words.saved.replace("{}", number) + (reads ? ` ${text}` : "");
const isPrivate = ({ action }) => action === "raise_concern";
const isBallot = ({ action }) => action === "vote";

function read() {
  const data = new FormData(form);
  const action = { action: data.get("action") ?? "post", text: String(data.get("text")) };
  for (const name of ["kind", "name", "table"]) if (data.get(name)) action[name] = data.get(name);
  if (data.get("prompt")) action.prompt = Number(data.get("prompt"));
  if (data.get("quote")) action.quote = false;
  if (data.get("paraphrased") === "1") action.paraphrased = true;
  return action;
}

function empty() {
  box.value = "";
  store.set(DRAFT, "");
  for (const choice of form.querySelectorAll('[name="kind"], [name="quote"]')) choice.checked = false;
}

function send(action) {
  const key = newKey();
  keep(key, { at: Date.now(), action, who: who() });
  go(key, action);
  spokenOf(action).scrollIntoView({ block: "nearest" }); // on a small phone it lies below the fold
}

const spokenOf = (action) => (isPrivate(action) ? told : said);

async function go(key, action) {
  const spoken = spokenOf(action);
  saySending(spoken, words.waiting);
  show();
  if (!maySend(unsent.get(key))) return;
  const receipt = await perform(action, key);
  const mine = isMine(unsent.get(key));
  if (mine) spoken.textContent = "";
  if (receipt.status === "saved") {
    if (mine) {
      spoken.textContent = isPrivate(action) ? words.told : saved(receipt, action);
      if (receipt.number) form.dataset.newest = receipt.number;
      spoken.className = "saved";
    }
  } else {
    if (mine) refused.textContent = receipt.reason;
    if (!mine || boxOf(action).value) {
      keep(key, { ...unsent.get(key), refused: receipt.reason });
      show();
      handOver();
      return;
    }
    putBack(action);
  }
  drop(key);
  handOver();
}

// What is said once there is no signal: words are kept on the phone, a tap is not.
function saySending(place, waits) {
  place.className = "";
  place.dataset.waits = waits;
  place.textContent = isOpen() ? words.sending : waits;
}

const boxOf = (action) => (isPrivate(action) ? private_.elements.namedItem("text") : box);

function putBack(action) {
  boxOf(action).value = action.text;
  if (isPrivate(action)) {
    byId("concern").open = true;
    return;
  }
  store.set(DRAFT, box.value);
  for (const choice of form.querySelectorAll('[name="kind"]')) choice.checked = choice.value === action.kind;
  for (const choice of form.querySelectorAll('[name="quote"]')) choice.checked = action.quote === false;
}

function drop(key) {
  forget(key);
  show();
}

// What has not been saved yet stands above one's own cards, so that nobody wonders. Of dots that are
// given while there is a connection, the ballot itself says enough.
function show() {
  const told = [...unsent].filter(([, one]) => !isBallot(one.action) || one.refused || !isOpen());
  waiting.hidden = !told.length;
  waiting.replaceChildren(...told.map(([key, one]) => {
    const { action, refused: why } = one;
    const card = document.createElement("li");
    card.className = "card";
    const voice = card.appendChild(document.createElement("p"));
    voice.className = "voice";
    voice.dir = "auto";
    voice.textContent = !isMine(one) ? words.before : isPrivate(action) ? words.private : isBallot(action) ? words.ballot : action.text;
    const about = card.appendChild(document.createElement("p"));
    about.className = "about";
    if (why) {
      about.textContent = why;
      // Into no box that somebody else has now.
      if (isMine(one) && !isBallot(action)) card.append(button(words.again, () => { drop(key); putBack(action); boxOf(action).focus(); }));
      card.append(button(words.away, () => drop(key)));
    } else {
      about.textContent = isOpen() ? words.sending : isBallot(action) ? words.dotswait : words.waiting;
    }
    return card;
  }));
}

// The next person finds nothing here.
byId("next")?.addEventListener("submit", (event) => {
  event.preventDefault();
  for (const one of document.forms) one.reset();
  empty();
  for (const one of [said, told, refused]) one.textContent = "";
  byId("concern").open = byId("next").open = false;
  agreed.clear();
  pressAgreed();
  passOn();
  show();
  scrollTo(0, 0);
});

function button(text, act) {
  const made = document.createElement("button");
  made.type = "button";
  made.className = "quiet";
  made.textContent = text;
  made.addEventListener("click", act);
  return made;
}

// Changing a card, agreeing, voting: each is a form. Of several wishes of one form that could not go
// out yet only the newest is sent, so that no earlier one comes after it. Dots that somebody gives are
// kept as their words are, until they are saved.
const underway = new Map(); // form's wish → what was asked since
const subjectOf = (wish) => `${wish.action.replace(/^un/, "")} ${wish.number ?? wish.vote ?? ""}`;

document.querySelector("main").addEventListener("submit", (event) => {
  const form_ = event.target;
  if (!("action" in form_.dataset) || !("submitter" in event)) return;
  event.preventDefault();
  const wish = Object.fromEntries(new FormData(form_));
  if (event.submitter?.name) wish[event.submitter.name] = event.submitter.value;
  if (isPassed()) { refused.textContent = words.first; return; } // the device still has another's pass
  const key = newKey();
  if (isBallot(wish)) keepBallot(key, wish);
  ask({ key, wish, form_ });
});

function ask(asked) {
  const subject = subjectOf(asked.wish);
  if (underway.has(subject)) underway.set(subject, asked);
  else carryOut(subject, asked);
}

async function carryOut(subject, { key, wish, form_ }) {
  underway.set(subject, null);
  refused.textContent = "";
  saySending(said, isBallot(wish) ? words.dotswait : words.stayhere);
  show();
  const receipt = await perform(wish, key);
  const next = underway.get(subject), kept = unsent.get(key);
  underway.delete(subject);
  forget(key);
  if (next) carryOut(subject, next);
  else if (form_ || receipt.status === "saved") tell(receipt, wish, form_);
  else if (kept) keep(key, { ...kept, refused: receipt.reason }); // it was given before this page was opened
  show();
  handOver();
}

// A ballot is the whole of what somebody gives, so only the newest counts.
function keepBallot(key, wish) {
  for (const [old, { action }] of unsent) if (old !== key && isBallot(action) && action.vote === wish.vote) forget(old);
  keep(key, { at: Date.now(), action: wish, who: who() });
}

function tell(receipt, wish, form_) {
  if (receipt.status !== "saved") {
    said.textContent = "";
    refused.textContent = receipt.reason;
    refused.scrollIntoView({ block: "nearest" });
    return;
  }
  said.className = "saved";
  const isOwn = receipt.number && document.getElementById(`mine-${receipt.number}`);
  said.textContent = isOwn ? saved(receipt, wish) : words.done;
  if (/agree/.test(wish.action)) {
    agreed[wish.action === "agree" ? "add" : "delete"](wish.number);
    pressAgreed();
  }
  if (!form_) return; // from before this page was opened
  for (const input of form_.querySelectorAll("[type=number]")) input.defaultValue = input.value;
  form_.reset();
  form_.closest("details")?.removeAttribute("open");
}

// Whether one agrees is shown to oneself alone, so frames don't tell.
const agreed = new Set([...document.querySelectorAll(".too[aria-pressed]")].map((button) => button.value));

function pressAgreed() {
  for (const button of document.querySelectorAll(".too")) {
    const is = agreed.has(button.value);
    button.setAttribute("form", is ? "unagree" : "agree");
    button.toggleAttribute("aria-pressed", is);
    if (is) button.setAttribute("aria-pressed", "true");
  }
}

// One's own cards stand under "Yours", so the room's list shows those of others.
function hideOwn() {
  const own = new Set([...document.querySelectorAll("#mine > li")].map((card) => card.id.slice(5)));
  for (const card of document.querySelectorAll("#room > li")) card.hidden = own.has(card.id.slice(5)) || waits(card);
}

// One's own cards have the colour of the theme they stand in.
function colourOwn() {
  for (const card of document.querySelectorAll("#mine > li")) {
    const theme = card.dataset.place && document.getElementById(`themes-${card.dataset.place}`);
    card.className = `card own ${theme?.className ?? ""}`.trim();
  }
}

line.addEventListener("placed", () => {
  hideOwn();
  colourOwn();
  pressAgreed();
  byId("concern").hidden = !byId("concernsto").textContent;
});
line.addEventListener("later", () => { said.textContent = words.later; });
for (const name of ["open", "lost"]) line.addEventListener(name, show);
line.addEventListener("lost", () => {
  for (const one of [said, told]) if (one.textContent === words.sending) one.textContent = one.dataset.waits;
});

start();
colourOwn();
offerBallots();
keepPace(hideOwn);
for (const [key, one] of unsent) {
  if (one.refused || !maySend(one)) continue;
  if (isBallot(one.action)) ask({ key, wish: one.action });
  else go(key, one.action);
}
show();
handOver();
// No browser should ask on our behalf whether people want an app.
addEventListener("beforeinstallprompt", (event) => event.preventDefault());
