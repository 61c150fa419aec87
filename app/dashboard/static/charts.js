// Figures: JSON of the server, drawn by plotly in the colours of the page.
import { dateNames, formatNumber, separators } from "./format.js";

function colour(name) {
  return getComputedStyle(document.documentElement).getPropertyValue(name).trim();
}

function themed(layout) {
  const axis = { gridcolor: colour("--line"), zerolinecolor: colour("--line"), linecolor: colour("--line") };
  const axes = Object.keys(layout).filter((name) => /^[xyz]axis\d*$/.test(name));
  // Figures in three dimensions: their axes and walls.
  const wall = { ...axis, color: colour("--text"), showbackground: false, showspikes: false };
  const scene = layout.scene && Object.fromEntries(
    ["xaxis", "yaxis", "zaxis"].map((name) => [name, { ...wall, ...layout.scene[name] }]),
  );
  return {
    ...layout,
    ...(scene ? { scene: { ...layout.scene, ...scene } } : {}),
    ...Object.fromEntries([...new Set([...axes, "xaxis", "yaxis"])].map((name) => [name, { ...axis, ...layout[name] }])),
    paper_bgcolor: "rgba(0,0,0,0)",
    plot_bgcolor: "rgba(0,0,0,0)",
    font: { family: "system-ui, sans-serif", size: 13, color: colour("--text"), ...layout.font },
    hoverlabel: {
      bgcolor: colour("--raised"), bordercolor: colour("--line"), font: { color: colour("--text") }, ...layout.hoverlabel,
    },
    separators: separators(),
    autosize: true,
  };
}

// Texts of heat maps that are numbers, one format for each column.
function formatTexts(trace) {
  const formats = trace.meta?.formats;
  if (!formats) return trace;
  const shown = (value, { kind, digits, currency }) => (value === null ? "" : formatNumber(value, kind, digits, currency));
  return { ...trace, text: trace.text.map((row) => row.map((value, column) => shown(value, formats[column]))) };
}

// The page does not wait for plotly: numbers and tables are ready before figures are.
function loaded() {
  if (window.Plotly) return Promise.resolve();
  return new Promise((resolve, reject) => {
    const script = document.getElementById("plotly");
    script.addEventListener("load", resolve);
    script.addEventListener("error", () => reject(new Error("plotly is not loaded")));
  });
}

// Figures further below the screen are drawn when the reader scrolls towards them, or prints.
const AHEAD = "200px";
// Width of a figure on A4 and Letter, in pixels.
const PAPER = 650;
const LOCALE = "reader";
const CONFIG = { displayModeBar: false, responsive: true, showTips: false, locale: LOCALE };

async function draw(canvas) {
  const figure = JSON.parse(document.getElementById(canvas.dataset.figure).textContent);
  figure.data = figure.data.map(formatTexts);
  const redraw = (size = {}) => window.Plotly.react(canvas, figure.data, { ...themed(figure.layout), ...size }, CONFIG);
  canvas.querySelector(".loading")?.remove();
  redraws.set(canvas, redraw);
  try {
    await redraw();
    canvas.dataset.drawn = "true";
  } catch (error) {
    redraws.delete(canvas);
    canvas.textContent = "The figure could not be drawn; its table has the same numbers.";
    throw error;
  }
}

const redraws = new Map();
const redrawAll = (size) => { for (const redraw of redraws.values()) redraw(size); };

// Paper is light, and has a width that the window does not have.
function startPrinting(drawRest) {
  const root = document.documentElement;
  let theme;
  window.addEventListener("beforeprint", () => {
    theme = root.dataset.theme;
    root.dataset.theme = "light";
    drawRest();
    redrawAll({ width: PAPER, autosize: false });
  });
  window.addEventListener("afterprint", () => {
    if (theme === undefined) delete root.dataset.theme;
    else root.dataset.theme = theme;
    redrawAll();
  });
}

export async function drawVisible() {
  await loaded();
  window.Plotly.register({ moduleType: "locale", name: LOCALE, dictionary: {}, format: dateNames() });
  const waiting = new Set(document.querySelectorAll("[data-figure]"));
  const take = (canvas) => waiting.delete(canvas) && draw(canvas);
  document.addEventListener("themechange", () => redrawAll());
  startPrinting(() => { for (const canvas of waiting) take(canvas); });
  await new Promise((resolve) => {
    const observer = new IntersectionObserver((entries) => {
      const near = entries.filter((entry) => entry.isIntersecting).map((entry) => entry.target);
      for (const canvas of near) observer.unobserve(canvas);
      resolve(Promise.all(near.map(take)));
    }, { rootMargin: AHEAD });
    for (const canvas of waiting) observer.observe(canvas);
  });
}
