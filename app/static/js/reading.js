// The big screen's words in somebody's hands: the leaf that it shows, and no page to turn. While it
// shows how to join, everything is here.

import { line, start } from "./live.js";

const byId = (id) => document.getElementById(id);
let fetching = 0;

function follow() {
  const { blank, place } = byId("shown").dataset;
  const leaf = place ? byId(place)?.closest(".leaf") : null;
  for (const one of document.querySelectorAll(".leaf")) {
    one.hidden = Boolean(leaf) && one !== leaf;
    one.classList.toggle("asked", one === leaf);
  }
  document.body.classList.toggle("covered", blank === "1");
  const { dataset } = byId("follows");
  say(blank === "1" ? dataset.blank : leaf ? dataset.follows : dataset.joining);
}

function say(text) {
  if (byId("follows").textContent !== text) byId("follows").textContent = text;
}

// A theme's first cards may be older than what the page came with.
function fetchRest() {
  fetching ||= setTimeout(() => { fetching = 0; document.querySelector("a.earlier")?.click(); }, 500);
}

line.addEventListener("placed", () => { follow(); fetchRest(); });
start();
follow();
fetchRest();
