// A tablet goes from hand to hand. Whoever is next finds nothing of those before: the page is cleared
// at once. What somebody has not sent yet stays on the device and goes out under their own pass,
// unseen, and is deleted then; only then does the device get a new pass, and sends what was written
// since. Whatever else was kept here goes at once.

import { line } from "./live.js";
import { store, unsent } from "./unsent.js";

const { code } = document.body.dataset;
const PERSON = "sheaf-person"; // who has the device: 0, 1, 2 …
const PASS = "sheaf-pass"; // whose pass it has
const AGAIN = 3_000;
const ANSWERS_WITHIN = 20_000;
const here = Number(store.get(PERSON));
let person = here;
let passOf = Number(history.state?.passOf ?? store.get(PASS)); // as it was when this page was asked for
let isAsking = false;

export const who = () => person;
// Whether somebody's words can go out now: under no pass but their own.
export const maySend = (one) => (one.who ?? 0) === passOf;
export const isMine = (one) => (one.who ?? 0) === person;

export const isPassed = () => person !== passOf;

export function passOn() {
  clearChoices();
  store.set(PERSON, person += 1);
  cover();
  handOver();
}

// Drafts, and how somebody liked to use a page. What waits to be sent, and for whom, stays.
function clearChoices() {
  try {
    const kept = /^sheaf-(unsent|person|pass)-/;
    for (const name of Object.keys(localStorage)) if (name.startsWith("sheaf-") && !kept.test(name)) localStorage.removeItem(name);
  } catch { /* nothing is kept */ }
}

// One's own cards, names and ballots are those of whoever had the device when the page was made.
export function cover() {
  const names = document.getElementById("names");
  if (names) names.hidden = person !== passOf;
  for (const list of document.querySelectorAll("#mine, #votes, #ballots")) {
    list.parentElement.hidden = person !== passOf;
  }
}

export async function handOver() {
  const waiting = [...unsent.values()].filter((one) => !one.refused);
  if (person === passOf || isAsking || waiting.some(maySend)) return;
  isAsking = true;
  const patience = new AbortController();
  setTimeout(() => patience.abort(), ANSWERS_WITHIN);
  try {
    const answer = await fetch(`/s/${code}/next`, { method: "POST", redirect: "manual", signal: patience.signal });
    if (answer.type !== "opaqueredirect") throw new Error(String(answer.status));
    passOf = Math.min(person, ...waiting.map((one) => one.who ?? 0));
    store.set(PASS, passOf);
    location.replace(location.pathname);
  } catch {
    isAsking = false;
    setTimeout(handOver, AGAIN);
  }
}

// A page that comes back from the browser's memory, or stands in another tab, may be of somebody before.
function leaveIfPassed() {
  const pass = Number(store.get(PASS));
  if (Number(store.get(PERSON)) === here && pass === passOf) return;
  document.body.hidden = true;
  // The device may get the next pass while the page is on its way: then it is the wrong one once more.
  history.replaceState({ passOf: pass }, "");
  location.reload();
}

addEventListener("pageshow", (event) => { if (event.persisted) leaveIfPassed(); });
addEventListener("storage", ({ key }) => { if (key === `${PERSON}-${code}` || key === `${PASS}-${code}`) leaveIfPassed(); });
line.addEventListener("placed", cover);
leaveIfPassed();
cover();
