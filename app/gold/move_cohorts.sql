-- Move the sales of customers to the cohort of their first sale, in all months except these: customer id to former and new
-- day of the first sale.
with moved as (
    select
        m.key as customer_id,
        cast(date_trunc('month', cast(m.value ->> 0 as timestamp)) as date) as former,
        cast(date_trunc('month', cast(m.value ->> 1 as timestamp)) as date) as cohort
    from jsonb_each(cast(:first_days as jsonb)) as m
),
months as materialized (
    select m.former, m.cohort, i.month, bool_or(i.is_sale) as is_sale, sum(i.amount) as revenue
    from moved as m
    -- A fence: one index lookup per customer, not a scan of the whole history.
    cross join lateral (
        select cast(date_trunc('month', cast(invoice_date as timestamp)) as date) as month, is_sale, amount
        from gold.customer_invoice
        where customer_id = m.customer_id and is_counted
        offset 0
    ) as i
    where m.former <> m.cohort and i.month <> all(cast(:months as date[]))
    group by m.customer_id, m.former, m.cohort, i.month
),
changes as (
    select former as cohort, month, -cast(is_sale as int) as customers, -revenue as revenue
    from months
    union all
    select cohort, month, cast(is_sale as int), revenue
    from months
)
insert into gold.cohort_month (cohort, month, customers, revenue)
select cohort, month, sum(customers), sum(revenue)
from changes
group by cohort, month
on conflict (cohort, month) do update set
    customers = cohort_month.customers + excluded.customers,
    revenue = cohort_month.revenue + excluded.revenue
