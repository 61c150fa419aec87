// Start of every page: formats, tables, theme switch, and figures where there are any.
import { formatAll } from "./format.js";
import { startTheme } from "./switch.js";
import { startTables } from "./tables.js";

formatAll(document);
startTheme();
startTables();
// On a phone, the list comes before filters that are not used.
if (window.matchMedia("(max-width: 40rem)").matches) {
  for (const found of document.querySelectorAll("details[data-fold]")) found.open = false;
}
if (document.querySelector("[data-figure]")) {
  const { drawVisible } = await import("./charts.js");
  await drawVisible();
}
if (document.querySelector('[data-live="active"]')) {
  const { follow } = await import("./live.js");
  follow();
}
document.documentElement.dataset.ready = "true";
