-- Rows passed and failed per expectation. Every file has a row for the expectation of each required column, and for others
-- that failed. A line that could not be split is validated by `parse` only.
with failures as (
    select
        q.file_id,
        reason ->> 'expectation' as expectation,
        count(*) as failed,
        coalesce(sum(abs(q.total_price)), 0) as money
    from silver.quarantine as q
    cross join lateral jsonb_array_elements(q.reasons) as reason
    where q.file_id = any(:file_ids) and q.status <> 'replayed'
    group by q.file_id, reason ->> 'expectation'
),
files as (
    select p.file_id, p.rows, p.rows - coalesce(f.failed, 0) as validated
    from quality.file_profile as p
    left join failures as f on f.file_id = p.file_id and f.expectation = 'parse'
    where p.file_id = any(:file_ids) and p.layer = 'bronze'
),
expected as (
    select f.file_id, f.validated, e.expectation
    from files as f
    cross join unnest(cast(:expectations as text[])) as e (expectation)
    union
    select f.file_id, case when r.expectation = 'parse' then f.rows else f.validated end, r.expectation
    from failures as r
    inner join files as f on f.file_id = r.file_id
)
insert into quality.expectation_results (file_id, expectation, passed, failed, money)
select e.file_id, e.expectation, e.validated - coalesce(f.failed, 0), coalesce(f.failed, 0), coalesce(f.money, 0)
from expected as e
left join failures as f on f.file_id = e.file_id and f.expectation = e.expectation
