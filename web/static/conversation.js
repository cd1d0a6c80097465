// Keeps the newest question at the top of the conversation while its answer grows, and then lets go.
let settled = null;

function follow() {
  const log = document.querySelector("#chat .panel-wrap");
  const asked = log && [...log.querySelectorAll(".user-row")].at(-1);
  if (!asked || asked === settled) return;
  for (const message of log.querySelectorAll("[aria-label*='<div']")) message.removeAttribute("aria-label");
  log.scrollTop += asked.getBoundingClientRect().top - log.getBoundingClientRect().top + 2;
  if (asked.nextElementSibling?.querySelector(".confidence")) settled = asked;
}

// The conversation may not be built yet, so what is watched is the page.
if (!window.presscheckFollows) {
  window.presscheckFollows = true;
  new MutationObserver(follow).observe(document.body, { childList: true, subtree: true, characterData: true });
}
