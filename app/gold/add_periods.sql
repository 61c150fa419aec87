-- Add the sales of the days, weeks and months of these days, and the cohorts of these months; a sign of -1 subtracts them.
-- Every sum is a sum over customers.
with kinds (period, length) as (
    values ('day', interval '1 day'), ('week', interval '7 days'), ('month', interval '1 month')
),
periods as materialized (
    select distinct
        k.period,
        cast(date_trunc(k.period, cast(d.day as timestamp)) as date) as period_start,
        cast(date_trunc(k.period, cast(d.day as timestamp)) + k.length as date) as next_start
    from kinds as k
    cross join unnest(cast(:days as date[])) as d (day)
),
invoices as materialized (
    select
        p.period,
        p.period_start,
        i.customer_id,
        i.country,
        i.invoice_no,
        sum(i.amount) as amount,
        bool_or(i.is_sale) as is_sale
    from periods as p
    -- A fence: one range of the index per period, not a scan of the whole history.
    cross join lateral (
        select each.customer_id, nullif(each.country, '') as country, each.invoice_no, each.amount, each.is_sale
        from gold.customer_invoice as each
        where
            each.invoice_date >= p.period_start and each.invoice_date < p.next_start and each.is_counted
            {{ of one customer }}
        offset 0
    ) as i
    group by p.period, p.period_start, i.customer_id, i.country, i.invoice_no
),
by_country as (
    select period, period_start, customer_id, country, sum(amount) as revenue, count(*) filter (where is_sale) as orders
    from invoices
    group by period, period_start, customer_id, country
),
by_customer as (
    select
        period,
        period_start,
        customer_id,
        cast('' as text) as country,
        sum(amount) as revenue,
        count(distinct invoice_no) filter (where is_sale) as orders
    from invoices
    group by period, period_start, customer_id
),
customers as materialized (
    select c.*, r.first_invoice_date
    from (
        select * from by_country
        union all
        select * from by_customer
    ) as c
    inner join gold.customer_rfm as r on r.customer_id = c.customer_id
),
cohorts as (
    insert into gold.cohort_month (cohort, month, customers, revenue)
    select
        cast(date_trunc('month', cast(first_invoice_date as timestamp)) as date),
        period_start,
        :sign * count(*) filter (where orders > 0),
        :sign * sum(revenue)
    from customers
    where period = 'month' and country = ''
    group by 1, 2
    having count(*) filter (where orders > 0) > 0 or sum(revenue) <> 0
    on conflict (cohort, month) do update set
        customers = cohort_month.customers + excluded.customers,
        revenue = cohort_month.revenue + excluded.revenue
)
insert into gold.sales_period (period, period_start, country, revenue, orders, customers, new_customers)
select
    period,
    period_start,
    country,
    :sign * sum(revenue),
    :sign * sum(orders),
    :sign * count(*) filter (where orders > 0),
    :sign * count(*) filter (where orders > 0 and first_invoice_date >= period_start)
from customers
group by period, period_start, country
having count(*) filter (where orders > 0) > 0 or sum(revenue) <> 0
on conflict (period, period_start, country) do update set
    revenue = sales_period.revenue + excluded.revenue,
    orders = sales_period.orders + excluded.orders,
    customers = sales_period.customers + excluded.customers,
    new_customers = sales_period.new_customers + excluded.new_customers
