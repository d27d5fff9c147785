// The page in people's hands: nothing they write is lost, and they see what became of it.

import { offerBallots } from "./ballot.js";
import { isOpen, line, start, words } from "./live.js";
import { newKey, perform } from "./outbox.js";
import { keepPace, waits } from "./pace.js";

const { code } = document.body.dataset;
const form = document.getElementById("post");
const box = form.elements.namedItem("text");
const said = document.getElementById("said");
const refused = document.getElementById("refused");
const unsent = document.getElementById("unsent");
const DRAFT = `sheaf-draft-${code}`;
const OUT = `sheaf-unsent-${code}-`;

// Some browsers keep nothing (private windows); the page works all the same.
const store = {
  get(name) { try { return localStorage.getItem(name) ?? ""; } catch { return ""; } },
  set(name, value) { try { localStorage.setItem(name, value); } catch { /* kept in the page only */ } },
  remove(name) { try { localStorage.removeItem(name); } catch { /* nor was it kept */ } },
  all(prefix) { try { return Object.entries(localStorage).filter(([name]) => name.startsWith(prefix)); } catch { return []; } },
};
// What is unsent, in the order it was written. Each stands under a name of its own, so that two
// tabs of one phone don't overwrite each other's; both may send it, for the key is the same.
const kept = new Map( // key → { at, action, refused }
  store.all(OUT).map(([name, value]) => [name.slice(OUT.length), JSON.parse(value)]).sort((a, b) => a[1].at - b[1].at),
);

if (!box.value) box.value = store.get(DRAFT);
box.addEventListener("input", () => store.set(DRAFT, box.value));

// Another language is the same page from the server, with what stands in the box.
let isLeaving = false;
document.querySelector(".tongues").addEventListener("click", (event) => { isLeaving ||= Boolean(event.target.closest("button")); });
history.replaceState(null, "", location.pathname + location.hash); // to load it again asks for nothing twice

form.addEventListener("submit", (event) => {
  if (isLeaving) return;
  event.preventDefault();
  refused.textContent = "";
  const action = read();
  if (!action.text.trim()) { box.focus(); return; }
  const key = newKey();
  keep(key, { at: Date.now(), action });
  box.value = "";
  store.set(DRAFT, "");
  for (const choice of form.querySelectorAll('[name="kind"]')) choice.checked = false;
  box.focus();
  go(key, action);
});

function read() {
  const data = new FormData(form);
  const action = { action: "post", text: String(data.get("text")) };
  if (data.get("kind")) action.kind = data.get("kind");
  if (data.get("prompt")) action.prompt = Number(data.get("prompt"));
  if (data.get("quote")) action.quote = false;
  if (data.get("name")) action.name = data.get("name");
  return action;
}

async function go(key, action) {
  said.className = "";
  said.textContent = isOpen() ? words.sending : words.waiting;
  show();
  const receipt = await perform(action, key);
  if (receipt.status === "saved") {
    said.textContent = words.saved.replace("{}", receipt.number);
    said.className = "saved";
  } else {
    said.textContent = "";
    refused.textContent = receipt.reason;
    if (box.value) {
      keep(key, { ...kept.get(key), action, refused: receipt.reason });
      show();
      return;
    }
    putBack(action);
  }
  forget(key);
}

function putBack(action) {
  box.value = action.text;
  store.set(DRAFT, box.value);
  for (const choice of form.querySelectorAll('[name="kind"]')) choice.checked = choice.value === action.kind;
  form.elements.namedItem("quote").checked = action.quote === false;
}

function keep(key, one) {
  kept.set(key, one);
  store.set(OUT + key, JSON.stringify(one));
}

function forget(key) {
  kept.delete(key);
  store.remove(OUT + key);
  show();
}

// What has not been saved yet stands above one's own cards, so that nobody wonders.
function show() {
  unsent.hidden = !kept.size;
  unsent.replaceChildren(...[...kept].map(([key, { action, refused: why }]) => {
    const card = document.createElement("li");
    card.className = "card";
    const voice = card.appendChild(document.createElement("p"));
    voice.className = "voice";
    voice.dir = "auto";
    voice.textContent = action.text;
    const about = card.appendChild(document.createElement("p"));
    about.className = "about";
    if (why) {
      about.textContent = why;
      card.append(button(words.again, () => { forget(key); putBack(action); box.focus(); }));
      card.append(button(words.away, () => forget(key)));
    } else {
      about.textContent = isOpen() ? words.sending : words.waiting;
    }
    return card;
  }));
}

function button(text, act) {
  const made = document.createElement("button");
  made.type = "button";
  made.className = "quiet";
  made.textContent = text;
  made.addEventListener("click", act);
  return made;
}

// Changing a card, agreeing, voting: each is a form. Of several wishes of one form that could not go
// out yet only the newest is sent, so that no earlier one comes after it.
const underway = new Map(); // form's wish → what was asked since

document.querySelector("main").addEventListener("submit", (event) => {
  const form_ = event.target;
  if (!("action" in form_.dataset) || !("submitter" in event)) return;
  event.preventDefault();
  const wish = Object.fromEntries(new FormData(form_));
  if (event.submitter?.name) wish[event.submitter.name] = event.submitter.value;
  const subject = `${wish.action.replace(/^un/, "")} ${wish.number ?? wish.vote ?? ""}`;
  if (underway.has(subject)) underway.set(subject, { wish, form_ });
  else carryOut(subject, wish, form_);
});

async function carryOut(subject, wish, form_) {
  underway.set(subject, null);
  refused.textContent = "";
  said.className = "";
  said.textContent = isOpen() ? words.sending : words.stayhere;
  const receipt = await perform(wish);
  const next = underway.get(subject);
  underway.delete(subject);
  if (next) carryOut(subject, next.wish, next.form_);
  else tell(receipt, wish, form_);
}

function tell(receipt, wish, form_) {
  if (receipt.status !== "saved") {
    said.textContent = "";
    refused.textContent = receipt.reason;
    refused.scrollIntoView({ block: "nearest" });
    return;
  }
  said.className = "saved";
  const isMine = receipt.number && document.getElementById(`mine-${receipt.number}`);
  said.textContent = isMine ? words.saved.replace("{}", receipt.number) : words.done;
  if (/agree/.test(wish.action)) {
    agreed[wish.action === "agree" ? "add" : "delete"](wish.number);
    pressAgreed();
  }
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

line.addEventListener("placed", () => { hideOwn(); colourOwn(); pressAgreed(); });
line.addEventListener("later", () => { said.textContent = words.later; });
for (const name of ["open", "lost"]) line.addEventListener(name, show);
line.addEventListener("lost", () => { if (said.textContent === words.sending) said.textContent = words.waiting; });

start();
colourOwn();
offerBallots();
keepPace(hideOwn);
for (const [key, one] of kept) if (!one.refused) go(key, one.action);
show();
