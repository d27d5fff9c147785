// Says how many cards have come, at most every so often: somebody who listens to the page can
// still think. How often is one's own choice, and kept on the device.

import { byId, fill } from "./board-moving.js";
import { line, words } from "./live.js";

const KEPT = "sheaf-board-news";
const choice = byId("newsevery");
let newest = 0; // the highest number that was there
let come = 0;
let timer = 0;

export function tellNews() {
  choice.value = localStorage.getItem(KEPT) ?? "15";
  choice.addEventListener("change", () => {
    localStorage.setItem(KEPT, choice.value);
    clearTimeout(timer);
    [timer, come] = [0, 0];
  });
  count();
  come = 0;
  line.addEventListener("placed", () => {
    count();
    if (come && !timer && choice.value !== "0") timer = setTimeout(tell, Number(choice.value) * 1000);
  });
}

// New cards stand last among the unsorted.
function count() {
  let highest = newest;
  for (let card = byId("unsorted").lastElementChild; card; card = card.previousElementSibling) {
    const number = Number(card.id.slice("unsorted-".length));
    if (number <= newest) break;
    highest = Math.max(highest, number);
    come += 1;
  }
  newest = highest;
}

function tell() {
  byId("news").textContent = fill(words.news, { new: come, all: byId("allcount").dataset.all });
  [timer, come] = [0, 0];
}
