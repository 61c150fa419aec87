// Numbers and dates in the reader's locale; the server renders a text for browsers without scripts.
const locales = navigator.languages?.length ? navigator.languages : undefined;
const cached = new Map();

function formatter(kind, options) {
  const key = kind.name + JSON.stringify(options);
  if (!cached.has(key)) cached.set(key, new kind(locales, options));
  return cached.get(key);
}

function number(value, options) {
  return formatter(Intl.NumberFormat, options).format(value);
}

export function formatNumber(value, kind, digits = 1, currency = null) {
  switch (kind) {
    case "integer": return number(value, { maximumFractionDigits: 0 });
    case "percent": return number(value, { style: "percent", maximumFractionDigits: digits });
    case "change": return number(value, { style: "percent", maximumFractionDigits: digits, signDisplay: "exceptZero" });
    case "money": return number(value, {
      ...(currency ? { style: "currency", currency } : {}), minimumFractionDigits: digits, maximumFractionDigits: digits,
    });
    default: return number(value, { maximumFractionDigits: digits });
  }
}

export function separators() {
  const parts = formatter(Intl.NumberFormat, {}).formatToParts(1234567.8);
  const of = (type, otherwise) => parts.find((part) => part.type === type)?.value ?? otherwise;
  return of("decimal", ".") + of("group", ",");
}

// Names of months and days for the axes and labels of figures.
export function dateNames() {
  const names = (count, start, options) => Array.from({ length: count }, (_, number) =>
    formatter(Intl.DateTimeFormat, { ...options, timeZone: "UTC" }).format(start(number)));
  const month = (number) => Date.UTC(2026, number, 1);
  const day = (number) => Date.UTC(2026, 1, 1 + number); // a Sunday
  return {
    months: names(12, month, { month: "long" }), shortMonths: names(12, month, { month: "short" }),
    days: names(7, day, { weekday: "long" }), shortDays: names(7, day, { weekday: "short" }),
  };
}

// Dates of the pipeline are days without a time zone: formatted as UTC, so that no reader sees the day before.
const DATE = { dateStyle: "medium", timeZone: "UTC" };
const TIME = { dateStyle: "medium", timeStyle: "short" };

export function formatAll(root) {
  for (const found of root.querySelectorAll("data[data-format]")) {
    const { format, digits, currency } = found.dataset;
    try {
      found.textContent = formatNumber(found.value, format, digits === undefined ? 1 : Number(digits), currency);
    } catch { /* a currency that the browser does not know: the server's text remains */ }
  }
  for (const found of root.querySelectorAll("tspan[data-format]")) {
    found.textContent = formatNumber(Number(found.dataset.value), found.dataset.format);
  }
  for (const found of root.querySelectorAll("time[data-format]")) {
    const options = found.dataset.format === "date" ? DATE : TIME;
    found.textContent = formatter(Intl.DateTimeFormat, options).format(new Date(found.dateTime));
  }
}
