// The page in people's hands: nothing they write is lost, and they see what became of it.

import { isOpen, line, start, words } from "./live.js";
import { newKey, perform } from "./outbox.js";

const { code } = document.body.dataset;
const form = document.getElementById("post");
const box = form.elements.namedItem("text");
const said = document.getElementById("said");
const refused = document.getElementById("refused");
const unsent = document.getElementById("unsent");
const DRAFT = `sheaf-draft-${code}`;
const OUT = `sheaf-unsent-${code}`;

// Some browsers keep nothing (private windows); the page works all the same.
const store = {
  get(name) { try { return localStorage.getItem(name) ?? ""; } catch { return ""; } },
  set(name, value) { try { localStorage.setItem(name, value); } catch { /* kept in the page only */ } },
};
const kept = new Map(JSON.parse(store.get(OUT) || "[]")); // key → action

if (!box.value) box.value = store.get(DRAFT);
box.addEventListener("input", () => store.set(DRAFT, box.value));

form.addEventListener("submit", (event) => {
  event.preventDefault();
  refused.textContent = "";
  const action = read();
  if (!action.text.trim()) { box.focus(); return; }
  const key = newKey();
  kept.set(key, action);
  keep();
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
    if (!box.value) putBack(action);
    else { kept.set(key, { ...action, refused: receipt.reason }); keep(); show(); return; }
  }
  kept.delete(key);
  keep();
  show();
}

function putBack(action) {
  box.value = action.text;
  store.set(DRAFT, box.value);
  for (const choice of form.querySelectorAll('[name="kind"]')) choice.checked = choice.value === action.kind;
}

function keep() {
  store.set(OUT, JSON.stringify([...kept]));
}

// What has not been saved yet stands above one's own cards, so that nobody wonders.
function show() {
  unsent.hidden = !kept.size;
  unsent.replaceChildren(...[...kept].map(([key, action]) => {
    const card = document.createElement("li");
    card.className = "card";
    const voice = card.appendChild(document.createElement("p"));
    voice.className = "voice";
    voice.dir = "auto";
    voice.textContent = action.text;
    const about = card.appendChild(document.createElement("p"));
    about.className = "about";
    if (action.refused) {
      about.textContent = action.refused;
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

function forget(key) {
  kept.delete(key);
  keep();
  show();
}

// Saying it in other words, and taking it back.
document.getElementById("mine").addEventListener("submit", async (event) => {
  event.preventDefault();
  refused.textContent = "";
  const form_ = event.target;
  const receipt = await perform(Object.fromEntries(new FormData(form_)));
  if (receipt.status === "saved") {
    said.textContent = words.saved.replace("{}", receipt.number);
    form_.closest("details")?.removeAttribute("open");
  } else {
    refused.textContent = receipt.reason;
  }
});

// One's own cards stand under "Yours", so the room's list shows those of others.
function hideOwn() {
  const own = new Set([...document.querySelectorAll("#mine > li")].map((card) => card.id.slice(5)));
  for (const card of document.querySelectorAll("#room > li")) card.hidden = own.has(card.id.slice(5));
}

line.addEventListener("placed", hideOwn);
line.addEventListener("later", () => { said.textContent = words.later; });
for (const name of ["open", "lost"]) line.addEventListener(name, show);
line.addEventListener("lost", () => { if (said.textContent === words.sending) said.textContent = words.waiting; });

start();
for (const [key, action] of kept) if (!action.refused) go(key, action);
show();
