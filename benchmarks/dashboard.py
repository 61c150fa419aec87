"""Benchmark of the dashboard in Chromium, with 100,000 customers and three years of daily files.

Each page is opened as the first page after a start of the server by a browser with an empty cache (cold), and then
again (warm). A page is complete when its load event has ended and its scripts are done, which includes the figures
that a reader sees. The floor is a page of a plain file server that has only plotly.min.js and one figure, without
points or, for the page of clusters, with as many points in three dimensions; it is opened in turn with each page.

The slowest statement of each page is measured in this process, from its execution to its last row, also with nothing
in memory. Sizes of own assets are those of the files, uncompressed, without plotly.min.js.

    python -m benchmarks.dashboard [--customers 100000] [--invoices 1000] [--rounds 3] [--page overview] [--json]
"""

import argparse
import asyncio
import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, redirect_stdout
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path
from statistics import median
from time import perf_counter
from typing import Any, Final

from httpx import ASGITransport, AsyncClient
from playwright.sync_api import Browser, BrowserContext, sync_playwright
from sqlalchemy import Engine, event

from app.dashboard.frame.assets import Assets
from app.db.embedded import embedded_postgres
from app.main import Tuning, create_app
from app.settings import Settings
from benchmarks.dashboard_data import AS_OF, stock
from benchmarks.trends import free_port, served, wait_for

BROWSERS: Final = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
PAGES: Final = {
    "overview": "/",
    "segments": "/segments",
    "segment": "/segments/{slug}",
    "clusters": "/clusters",
    "customers": "/customers",
    "customer": "/customers/{customer_id}",
    "movement": "/movement",
    "trends": "/trends",
    "quality": "/quality",
    "quarantine": "/quality/quarantine",
    "files": "/quality/files",
    "contract": "/contract",
    "lineage": "/lineage",
    "customer_lineage": "/lineage/customers/{customer_id}",
    "runs": "/runs",
    "run": "/runs/{run_id}",
    "models": "/models",
}
BOUNDS: Final = {"cold_ms": 1_500.0, "warm_ms": 1_000.0, "query_ms": 200.0}
OWN_BYTES: Final = 100_000
METRICS_MS: Final = 20.0
POINTS: Final = 5_000
PATIENCE: Final = 180_000
"""Milliseconds within which a page is complete on a busy machine."""
BARE: Final = """<!doctype html><meta charset="utf-8"><title>bare</title><div id="figure"></div>
<script src="plotly.min.js"></script>
<script>
const points = Array.from({{ length: {points} }}, (_, n) => n);
const data = points.length
  ? [{{ type: "scatter3d", mode: "markers", marker: {{ size: 3 }},
        x: points, y: points.map(Math.sin), z: points.map(Math.sqrt) }}]
  : [];
Plotly.newPlot("figure", data, {{}}).then(() => {{ document.documentElement.dataset.ready = "true"; }});
</script>
"""
OBSERVE: Final = """
    new MutationObserver(() => {
        if (document.documentElement?.dataset.ready && window.readyAt === undefined) window.readyAt = performance.now();
    }).observe(document, { attributes: true, subtree: true, attributeFilter: ["data-ready"] });
"""
TIMES: Final = """() => ({
    complete: Math.max(window.readyAt, performance.getEntriesByType("navigation")[0].loadEventEnd),
    response: performance.getEntriesByType("navigation")[0].responseStart,
    paint: performance.getEntriesByName("first-contentful-paint")[0]?.startTime ?? 0,
})"""


@dataclass(frozen=True, slots=True)
class Opened:
    """Times of one page, in milliseconds from the start of the navigation.

    Attributes:
        response: first byte of the page.
        paint: first text on the screen.
        complete: load event and figures.
    """

    response: float
    paint: float
    complete: float


@contextmanager
def files_served(folder: Path) -> Iterator[str]:
    """Serve a folder by a process; yield its address."""
    port = free_port()
    command = [sys.executable, "-m", "http.server", str(port), "--bind", "127.0.0.1", "--directory", str(folder)]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        wait_for(port, process)
        yield f"http://127.0.0.1:{port}"
    finally:
        process.terminate()
        process.wait()


def write_bare(folder: Path) -> None:
    """Write the pages of the floor, and plotly.min.js."""
    (folder / "plotly.min.js").write_bytes(files("plotly").joinpath("package_data", "plotly.min.js").read_bytes())
    for name, points in (("bare", 0), ("space", POINTS)):
        (folder / f"{name}.html").write_text(BARE.format(points=points), encoding="utf-8")


def opened(context: BrowserContext, address: str) -> Opened:
    """Open an address in a new tab and return its times."""
    page = context.new_page()
    page.add_init_script(OBSERVE)
    response = page.goto(address)
    assert response is not None
    assert response.status == 200, f"{address}: status {response.status}"
    page.wait_for_function("window.readyAt !== undefined")
    found = page.evaluate(TIMES)
    page.close()
    return Opened(**found)


def cold_and_warm(browser: Browser, address: str, rounds: int) -> tuple[Opened, list[Opened]]:
    """Open an address with an empty cache, then again."""
    context = browser.new_context(viewport={"width": 1280, "height": 800})
    context.set_default_timeout(PATIENCE)
    first = opened(context, address)
    later = [opened(context, address) for _ in range(rounds)]
    context.close()
    return first, later


def middle(times: list[Opened]) -> Opened:
    """Return the opening with the median time."""
    return sorted(times, key=lambda each: each.complete)[len(times) // 2]


def measure(browser: Browser, url: str, bare: str, path: str, rounds: int) -> dict[str, Opened]:
    """Return the median cold and warm times of a page and of its floor, with a new server for each round."""
    found: dict[str, list[Opened]] = {"cold": [], "warm": [], "bare_cold": [], "bare_warm": []}
    for _ in range(rounds):
        port = free_port()
        with served(url, port):
            cold, warm = cold_and_warm(browser, f"http://127.0.0.1:{port}{path}", rounds)
        bare_cold, bare_warm = cold_and_warm(browser, bare, rounds)
        for name, times in (("cold", [cold]), ("warm", warm), ("bare_cold", [bare_cold]), ("bare_warm", bare_warm)):
            found[name] += times
    return {name: middle(times) for name, times in found.items()}


async def slowest_statements(url: str, paths: Mapping[str, str]) -> dict[str, tuple[float, str]]:
    """Return the milliseconds and the text of the slowest statement of each page."""
    running: dict[int, float] = {}
    ended: list[tuple[float, str]] = []

    def begin(_c: Any, cursor: Any, *_: Any) -> None:
        running[id(cursor)] = perf_counter()

    def end(_c: Any, cursor: Any, statement: str, *_: Any) -> None:
        ended.append((1000 * (perf_counter() - running.pop(id(cursor))), statement))

    event.listen(Engine, "before_cursor_execute", begin)
    event.listen(Engine, "after_cursor_execute", end)
    found = {}
    for name, path in paths.items():
        app = create_app(Settings(as_of=AS_OF, database_url=url))
        transport = ASGITransport(app, client=("127.0.0.1", 123))
        async with (
            app.router.lifespan_context(app),
            AsyncClient(transport=transport, base_url="http://127.0.0.1", headers={"Accept": "text/html"}) as client,
        ):
            ended.clear()
            response = await client.get(path)
            assert response.status_code == 200, response.text
            found[name] = max(ended, default=(0.0, ""))
    event.remove(Engine, "before_cursor_execute", begin)
    event.remove(Engine, "after_cursor_execute", end)
    return found


async def metrics_milliseconds(url: str, requests: int = 20) -> float:
    """Return the median response time of /metrics, which reads the database for each."""
    app = create_app(Settings(as_of=AS_OF, database_url=url), Tuning(metrics_seconds=0))
    took = []
    async with (
        app.router.lifespan_context(app),
        AsyncClient(transport=ASGITransport(app, client=("127.0.0.1", 123)), base_url="http://127.0.0.1") as client,
    ):
        for _ in range(requests):
            start = perf_counter()
            response = await client.get("/metrics")
            took.append(1000 * (perf_counter() - start))
            assert response.status_code == 200, response.text
    return median(took)


def show(name: str, times: Mapping[str, Opened], statement: tuple[float, str]) -> dict[str, float]:
    """Print the row of a page; return its numbers."""
    cold, warm, bare_cold, bare_warm = (times[each] for each in ("cold", "warm", "bare_cold", "bare_warm"))
    print(
        f"{name:<17}"
        f"{cold.response:7.0f} {cold.paint:7.0f} {cold.complete:7.0f} {bare_cold.complete:7.0f}"
        f"{cold.complete / bare_cold.complete:6.2f} |"
        f"{warm.response:7.0f} {warm.paint:7.0f} {warm.complete:7.0f} {bare_warm.complete:7.0f}"
        f"{warm.complete / bare_warm.complete:6.2f} |{statement[0]:7.1f}",
        flush=True,
    )
    return {
        "cold_ms": round(cold.complete),
        "warm_ms": round(warm.complete),
        "cold_to_floor": round(cold.complete / bare_cold.complete, 2),
        "warm_to_floor": round(warm.complete / bare_warm.complete, 2),
        "query_ms": round(statement[0], 1),
    }


def measure_pages(url: str, names: Mapping[str, str], rounds: int, chosen: list[str]) -> dict[str, dict[str, float]]:
    """Measure and print the chosen pages."""
    paths = {name: path.format(**names) for name, path in PAGES.items() if name in chosen}
    statements = asyncio.run(slowest_statements(url, paths))
    browsers = filter(None, map(shutil.which, BROWSERS))
    executable = os.environ.get("REGULARS_TEST_BROWSER") or next(browsers, None)
    assert executable is not None, "no browser is found; install one: apt-get install chromium"
    print(f"{'milliseconds':<17}{'first page, empty cache':>31}{'':6} |{'later pages':>31}{'':6} |  query")
    columns = f"{'first':>7} {'painted':>7} {'ready':>7} {'floor':>7}{'ratio':>6} |"
    print(f"{'':<17}{columns}{columns}{'slowest':>8}")
    with tempfile.TemporaryDirectory() as folder, files_served(Path(folder)) as bare, sync_playwright() as playwright:
        write_bare(Path(folder))
        browser = playwright.chromium.launch(executable_path=executable, args=["--disable-dev-shm-usage"])
        found = {}
        for name, path in paths.items():
            floor = f"{bare}/{'space' if name == 'clusters' else 'bare'}.html"
            found[name] = show(name, measure(browser, url, floor, path, rounds), statements[name])
        browser.close()
    for name, (took, statement) in statements.items():
        if took > BOUNDS["query_ms"]:
            print(f"slowest statement of {name}: {' '.join(statement.split())[:200]}")
    return found


def measure_all(options: argparse.Namespace) -> dict[str, Any]:
    """Write the data, measure and print; return ratios and bounds."""
    with tempfile.TemporaryDirectory(prefix="regulars-bench-") as folder, embedded_postgres(Path(folder)) as url:
        names = stock(url, options.customers, options.invoices)
        load = os.getloadavg()[0]
        print(f"{options.customers:,} customers, {options.invoices:,} orders a day; load average {load:.1f}")
        found = measure_pages(url, names, options.rounds, options.page or list(PAGES))
        metrics = asyncio.run(metrics_milliseconds(url))
    own = Assets().own_bytes
    print(f"own assets {own:,} bytes; /metrics {metrics:.1f} ms")
    ratios: dict[str, float] = {"own_bytes": own, "metrics_ms": round(metrics, 1)}
    bounds: dict[str, float] = {"own_bytes": OWN_BYTES, "metrics_ms": METRICS_MS}
    for name, numbers in found.items():
        ratios |= {f"{name}_{kind}": value for kind, value in numbers.items()}
        bounds |= {f"{name}_{kind}": bound for kind, bound in BOUNDS.items()}
    return {"ratios": ratios, "bounds": bounds}


def main() -> None:
    """Measure and print; the last line is JSON with ratios and bounds."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    for name, default in (("customers", 100_000), ("invoices", 1_000), ("rounds", 3)):
        parser.add_argument(f"--{name}", type=int, default=default)
    parser.add_argument("--page", action="append", choices=list(PAGES), help="only this page; can be repeated")
    parser.add_argument("--json", action="store_true", help="write the table to the error output")
    options = parser.parse_args()
    with redirect_stdout(sys.stderr if options.json else sys.stdout):
        found = measure_all(options)
    print(json.dumps(found))


if __name__ == "__main__":
    main()
