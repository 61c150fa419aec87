// Sorting of tables by their columns: `table[data-sortable]`, cells with a `data` or `time` element sort by its value.
function keyOf(row, index) {
  const cell = row.cells[index];
  const value = cell.querySelector("data[value]")?.value ?? cell.querySelector("time")?.dateTime;
  const text = value ?? cell.textContent.trim();
  const number = Number(text);
  return text === "" || text === "–" ? null : Number.isNaN(number) ? text : number;
}

function compare(a, b, direction) {
  if (a === null || b === null) return (a === null) - (b === null); // rows without a value are last
  const order = typeof a === "number" && typeof b === "number" ? a - b : String(a).localeCompare(String(b));
  return order * direction;
}

function sort(table, header, index) {
  const direction = header.getAttribute("aria-sort") === "descending" ? 1 : -1;
  for (const each of table.tHead.rows[0].cells) each.removeAttribute("aria-sort");
  header.setAttribute("aria-sort", direction === 1 ? "ascending" : "descending");
  const rows = [...table.tBodies[0].rows];
  rows.sort((a, b) => compare(keyOf(a, index), keyOf(b, index), direction));
  table.tBodies[0].append(...rows);
}

export function startTables() {
  for (const table of document.querySelectorAll("table[data-sortable]")) {
    [...table.tHead.rows[0].cells].forEach((header, index) => {
      const button = document.createElement("button");
      button.type = "button";
      button.className = "sort";
      button.append(...header.childNodes);
      header.append(button);
      button.addEventListener("click", () => sort(table, header, index));
    });
  }
}
