-- Delete revisions past their retention; returns their number. Retained are the current revision, revisions added since
-- :published_since, and the newest revision of each day since :daily_since, of each ISO week since :weekly_since and of each
-- month since :monthly_since, by as_of.
with numbered as (
    select
        revision,
        as_of,
        created_at,
        max(revision) over (partition by as_of) as newest_of_day,
        max(revision) over (partition by date_trunc('week', as_of)) as newest_of_week,
        max(revision) over (partition by date_trunc('month', as_of)) as newest_of_month
    from segments.revision
),
deleted as (
    delete from segments.revision as r
    using numbered as n
    where
        n.revision = r.revision
        and n.created_at < :published_since
        and not (n.as_of >= :daily_since and n.revision = n.newest_of_day)
        and not (n.as_of >= :weekly_since and n.revision = n.newest_of_week)
        and not (n.as_of >= :monthly_since and n.revision = n.newest_of_month)
        and not exists (select from segments.current_run as c where c.revision = r.revision)
    returning r.revision
)
select count(*) from deleted
