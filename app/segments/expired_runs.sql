-- Published runs past their retention, oldest first, and runs with an interrupted removal. Retained are the current run,
-- runs published since :published_since, and the newest run of each day since :daily_since, of each ISO week since
-- :weekly_since and of each month since :monthly_since, by as_of.
with published as (
    select
        run_id,
        publication_no,
        as_of,
        published_at,
        max(publication_no) over (partition by as_of) as newest_of_day,
        max(publication_no) over (partition by date_trunc('week', as_of)) as newest_of_week,
        max(publication_no) over (partition by date_trunc('month', as_of)) as newest_of_month
    from segments.publication_log
),
expired as (
    select p.run_id, p.publication_no
    from published as p
    where
        p.published_at < :published_since
        and not (p.as_of >= :daily_since and p.publication_no = p.newest_of_day)
        and not (p.as_of >= :weekly_since and p.publication_no = p.newest_of_week)
        and not (p.as_of >= :monthly_since and p.publication_no = p.newest_of_month)
        and not exists (select from segments.current_run as c where c.run_id = p.run_id)
    union all
    select m.run_id, 0
    from segments.model as m
    inner join segments.artifact as a on a.run_id = m.run_id
    where m.removed_at is not null
)
select run_id
from expired
order by publication_no
