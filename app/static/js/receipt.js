// Copies the link that somebody wants to keep. Over plain http there is no clipboard to write to, so
// the link is picked, and copied in the older way.

const link = document.getElementById("link");
const button = document.getElementById("copy");

button.hidden = false;
button.addEventListener("click", async () => {
  link.select();
  try {
    await navigator.clipboard.writeText(link.value);
  } catch {
    if (!document.execCommand("copy")) return; // it stays picked, to be copied by hand
  }
  button.textContent = button.dataset.done;
});
