// Parts of a page that change on the server: fetched again while one of them is `data-live="active"`.
import { formatAll } from "./format.js";

const PAUSE = 2_000;
const LONGEST_PAUSE = 30_000;
const GONE = new Set([401, 403, 404]);
const shown = new Map();

function replaceParts(fetched) {
  for (const part of document.querySelectorAll("[data-live]")) {
    const fresh = fetched.getElementById(part.id);
    if (!fresh || shown.get(part.id) === fresh.outerHTML) continue;
    shown.set(part.id, fresh.outerHTML);
    const focused = part.contains(document.activeElement) ? document.activeElement.id : "";
    formatAll(fresh);
    part.dataset.live = fresh.dataset.live;
    part.replaceChildren(...fresh.childNodes);
    if (focused) (document.getElementById(focused) ?? document.getElementById("main")).focus();
  }
}

const wait = (milliseconds) => new Promise((resolve) => { setTimeout(resolve, milliseconds); });

export async function follow() {
  let pause = PAUSE;
  while (document.querySelector('[data-live="active"]')) {
    await wait(pause);
    if (document.hidden) continue;
    const answer = await fetch(location.href, { headers: { Accept: "text/html" } }).catch(() => null);
    if (answer && GONE.has(answer.status)) {
      location.reload(); // signed out, or the run is no longer recorded: the page says so
      return;
    }
    if (answer?.ok) replaceParts(new DOMParser().parseFromString(await answer.text(), "text/html"));
    pause = answer?.ok ? PAUSE : Math.min(2 * pause, LONGEST_PAUSE);
  }
}
