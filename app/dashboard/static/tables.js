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

// Orders are in the address, such as `order=segments.customers.desc`: one parameter for each sorted table.
const ORDER = "order";
const nameOf = (header) => header.textContent.trim().toLowerCase().replace(/[^\p{L}\p{N}]+/gu, "-").replace(/^-|-$/g, "");
const orders = () => new URLSearchParams(location.search).getAll(ORDER);

function keep(table, header, direction) {
  const address = new URL(location.href);
  const others = orders().filter((each) => !each.startsWith(`${table.dataset.sortable}.`));
  address.searchParams.delete(ORDER);
  const order = `${table.dataset.sortable}.${nameOf(header)}.${direction === 1 ? "asc" : "desc"}`;
  for (const each of [...others, order]) address.searchParams.append(ORDER, each);
  history.replaceState(history.state, "", address);
}

function sort(table, header, direction) {
  for (const each of table.tHead.rows[0].cells) each.removeAttribute("aria-sort");
  header.setAttribute("aria-sort", direction === 1 ? "ascending" : "descending");
  const rows = [...table.tBodies[0].rows];
  rows.sort((a, b) => compare(keyOf(a, header.cellIndex), keyOf(b, header.cellIndex), direction));
  table.tBodies[0].append(...rows);
}

function restore(table) {
  for (const order of orders()) {
    const [name, column, direction] = order.split(".");
    const header = [...table.tHead.rows[0].cells].find((each) => nameOf(each) === column);
    if (name === table.dataset.sortable && header) sort(table, header, direction === "asc" ? 1 : -1);
  }
}

export function startTables() {
  for (const table of document.querySelectorAll("table[data-sortable]")) {
    for (const header of table.tHead.rows[0].cells) {
      const button = document.createElement("button");
      button.type = "button";
      button.className = "sort";
      button.append(...header.childNodes);
      header.append(button);
      button.addEventListener("click", () => {
        const direction = header.getAttribute("aria-sort") === "descending" ? 1 : -1;
        sort(table, header, direction);
        keep(table, header, direction);
      });
    }
    restore(table);
  }
  document.addEventListener("formdata", (event) => {
    if (event.target.method !== "get") return;
    for (const order of orders()) event.formData.append(ORDER, order); // filters keep the order
  });
}
