"""Benchmark of transitions between segments, with 100,000 customers and a history of publications.

One training run is published; the earlier publications are copies of it, in which every second run has other segments:
each customer moves between two successive publications. A fiftieth of the customers of each run has a superseded state.
Each operation is requested in this process, without a network; nothing is kept from one request to the next.

    python -m benchmarks.transitions [--customers 100000] [--publications 30] [--rounds 15]

At least 9 publications.
"""

import argparse
import asyncio
import json
import os
import tempfile
from datetime import timedelta
from pathlib import Path
from statistics import median
from time import perf_counter
from typing import Final

from httpx import ASGITransport, AsyncClient
from sqlalchemy import Engine, text

from app.db.embedded import embedded_postgres
from app.main import create_app
from app.segments.model.schemes import SCHEMES
from app.segments.scheme_columns import each_scheme
from app.settings import Settings
from benchmarks.reads import AS_OF, BOUND_MS, KEY, analyze, stock, train

PAGE_MS: Final = 1_000.0
DAYS: Final = f"from={AS_OF - timedelta(days=7)}&to={AS_OF}"
SAME: Final = f"from={AS_OF - timedelta(days=8)}&to={AS_OF}"
PATHS: Final = {
    **{f"matrix_{scheme}": f"/v1/transitions?scheme={scheme}" for scheme in SCHEMES},
    **{f"matrix_of_days_{scheme}": f"/v1/transitions?scheme={scheme}&{DAYS}" for scheme in SCHEMES},
    "matrix_without_moves": f"/v1/transitions?{SAME}",
    "moves": "/v1/transitions/moves?limit=50",
    "page_without_moves": f"/v1/transitions/moves?limit=50&{SAME}",
    "moves_with_total": f"/v1/transitions/moves?limit=50&include=total&{DAYS}",
    "moves_of_pages_of_1000": f"/v1/transitions/moves?limit=1000&{DAYS}",
    "movement_page": f"/movement?{DAYS}",
}
PUBLICATIONS: Final = (
    """
    create temporary table runs as
    select c.run_id as newest, gen_random_uuid() as run_id, number, cast(:as_of as date) - number as as_of
    from segments.current_run as c cross join generate_series(1, :publications - 1) as number
    """,
    """
    create temporary table other_slugs as
    select scheme, slug, coalesce(lead(slug) over same, first_value(slug) over same) as other
    from segments.segment_summary where customers > 0 window same as (partition by scheme order by slug)
    """,
    """
    insert into segments.model
    select (jsonb_populate_record(m, jsonb_build_object('run_id', r.run_id, 'as_of', r.as_of))).*
    from segments.model as m inner join runs as r on r.newest = m.run_id
    """,
    """
    insert into segments.segment_summary
    select (jsonb_populate_record(s, jsonb_build_object('run_id', r.run_id))).*
    from segments.segment_summary as s inner join runs as r on r.newest = s.run_id
    """,
    """
    insert into segments.revision (revision, run_id, kind, as_of, scored_as_of, created_at) overriding system value
    select -2 * number + moment, run_id, kind, as_of + moment, as_of, as_of + interval '4 hours'
    from runs cross join unnest(array['published', 'assigned'], array[0, 1]) as m (kind, moment)
    """,
    """
    insert into segments.customer_segment_history
        (customer_id, revision, until_revision, as_of, first_invoice_date, last_invoice_date, frequency, monetary,
         returned, country, cluster, {{ slugs }}, {{ since }})
    select
        s.customer_id, -2 * r.number + m.moment, -2 * r.number + m.until, r.as_of + m.moment, s.first_invoice_date,
        s.last_invoice_date - r.number, s.frequency, s.monetary, s.returned, s.country, s.cluster,
        {{ copied slugs }},
        {{ copied since }}
    from runs as r
    cross join segments.customer_segment as s
    {{ joins }}
    cross join lateral (select cast(hashtext(s.customer_id) % 50 = 0 as int) as is_replaced) as q
    cross join lateral (values (0, 2 - q.is_replaced), (1, 2)) as m (moment, until)
    where m.moment <= q.is_replaced
    order by r.number desc, s.customer_id
    """,
)


COPIED: Final = {
    "{{ slugs }}": each_scheme("*"),
    "{{ since }}": each_scheme("*_since"),
    "{{ copied slugs }}": each_scheme("case r.number % 2 when 0 then s.* else of_*.other end"),
    "{{ copied since }}": each_scheme("case when s.* is not null then r.as_of end"),
    "{{ joins }}": each_scheme("left join other_slugs as of_* on of_*.scheme = '*' and of_*.slug = s.*", " "),
}
"""Parts of PUBLICATIONS that repeat for each scheme."""


def _filled(statement: str) -> str:
    for slot, part in COPIED.items():
        statement = statement.replace(slot, part)
    return statement


def publish_history(engine: Engine, publications: int) -> None:
    """Copy the current run to earlier publications."""
    with engine.begin() as connection:
        for statement in PUBLICATIONS:
            connection.execute(text(_filled(statement)), {"as_of": AS_OF, "publications": publications})


async def read_all(url: str, rounds: int) -> dict[str, float]:
    """Return the median milliseconds of each operation."""
    found: dict[str, float] = {}
    headers = {"Authorization": f"Bearer {KEY}"}
    for name, path in PATHS.items():
        app = create_app(Settings(as_of=AS_OF, api_key=KEY, database_url=url))
        transport = ASGITransport(app, client=("127.0.0.1", 123))
        async with (
            app.router.lifespan_context(app),
            AsyncClient(transport=transport, base_url="http://127.0.0.1", headers=headers) as client,
        ):
            took = []
            for _ in range(rounds):
                start = perf_counter()
                response = await client.get(path)
                took.append(1000 * (perf_counter() - start))
                assert response.status_code == 200, response.text
        found[name] = median(took)
        print(
            f"  {name:<26}{found[name]:8.1f} ms, {min(took):.1f} to {max(took):.1f} ms, {len(response.content):,} bytes"
        )
    return found


def main() -> None:
    """Measure and print; the last line is JSON with ratios and bounds."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    for name, default in (("customers", 100_000), ("publications", 30), ("rounds", 15)):
        parser.add_argument(f"--{name}", type=int, default=default)
    options = parser.parse_args()
    with (
        tempfile.TemporaryDirectory(prefix="regulars-bench-") as folder,
        embedded_postgres(Path(folder, "data")) as url,
    ):
        engine = stock(url, options.customers)
        train(engine)
        publish_history(engine, options.publications)
        analyze(url)
        engine.dispose()
        print(f"{options.customers:,} customers, {options.publications} publications; load {os.getloadavg()[0]:.1f}")
        ratios = {f"{name}_ms": round(took, 1) for name, took in asyncio.run(read_all(url, options.rounds)).items()}
    print(json.dumps({"ratios": ratios, "bounds": {**dict.fromkeys(ratios, BOUND_MS), "movement_page_ms": PAGE_MS}}))


if __name__ == "__main__":
    main()
