// Theme of the page before it is painted: the reader's choice, else the system's.
(() => {
  let chosen = null;
  try { chosen = localStorage.getItem("regulars-theme"); } catch { /* storage is blocked: the system's theme */ }
  if (chosen === "dark" || chosen === "light") document.documentElement.dataset.theme = chosen;
  document.documentElement.classList.add("scripted");
})();
