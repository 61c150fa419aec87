-- Delete the sales of the days, weeks and months of these days, and the cohorts of these months.
with periods as materialized (
    select distinct kind, cast(date_trunc(kind, cast(day as timestamp)) as date) as period_start
    from unnest(cast(:days as date[])) as day
    cross join (values ('day'), ('week'), ('month')) as kinds (kind)
),
cohorts as (
    delete from gold.cohort_month
    where month in (select period_start from periods where kind = 'month')
)
delete from gold.sales_period
where (period, period_start) in (select kind, period_start from periods)
