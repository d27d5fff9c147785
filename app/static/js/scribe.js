// Somebody writes down what others say, with hands that stay on the keys: Enter saves, and what was
// saved is read back.

import "./phone.js";

const box = document.getElementById("post").elements.namedItem("text");
const mine = document.getElementById("mine");

document.getElementById("keys").hidden = false;

document.addEventListener("keydown", (event) => {
  const { target, key } = event;
  if (target.tagName !== "TEXTAREA" || event.isComposing || event.altKey || event.ctrlKey || event.metaKey) return;
  if (key === "Enter" && !event.shiftKey) {
    event.preventDefault();
    target.form.requestSubmit();
  } else if (key === "ArrowUp" && target === box && !box.value) {
    event.preventDefault();
    changeLast();
  } else if (key === "Escape" && mine.contains(target)) {
    box.focus();
  }
});

function changeLast() {
  // The strip may still lack the card that was saved just now: better none than another.
  const { newest } = document.getElementById("post").dataset;
  const last = newest ? document.getElementById(`mine-${newest}`) : mine.firstElementChild;
  const change = last?.querySelector(".changing");
  if (!change) return;
  change.open = true;
  const words_ = change.querySelector("textarea");
  words_.focus();
  words_.setSelectionRange(words_.value.length, words_.value.length);
}

// What was changed or taken back is done with: on to the next card.
mine.addEventListener("submit", () => box.focus());
