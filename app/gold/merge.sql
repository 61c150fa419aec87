-- Add the changes to their customers; delete customers without any sale left. The rows of removed files are still in
-- customer_invoice. Returns the number of customers written; the days of customers who are new or gone; and the days of the
-- first sale of the others, before and now, where they differ.
with changes as (
    select customer_id, frequency, monetary, returned
    from jsonb_to_recordset(cast(:changes as jsonb))
        as c (customer_id text, frequency int, monetary numeric, returned numeric)
),
totals as (
    select
        c.customer_id,
        rfm.first_invoice_date as former_date,
        coalesce(rfm.frequency, 0) + c.frequency as frequency,
        case when rfm.customer_id is null then whole.monetary else rfm.monetary + c.monetary end as monetary,
        case when rfm.customer_id is null then whole.returned else rfm.returned + c.returned end as returned
    from changes as c
    left join gold.customer_rfm as rfm on rfm.customer_id = c.customer_id
    -- A customer who is new to gold may have returned something in a file that came before.
    cross join lateral (
        select sum(i.amount) as monetary, sum(i.returned) as returned
        from gold.customer_invoice as i
        where rfm.customer_id is null and i.customer_id = c.customer_id and i.is_counted and i.file_id <> all(:removed)
    ) as whole
),
gone as (
    delete from gold.customer_rfm as rfm
    using totals as t
    where rfm.customer_id = t.customer_id and t.frequency = 0
),
written as (
    insert into gold.customer_rfm
        (customer_id, first_invoice_date, last_invoice_date, frequency, monetary, returned, country, updated_at)
    select
        t.customer_id,
        earliest.invoice_date,
        latest.invoice_date,
        t.frequency,
        t.monetary,
        t.returned,
        latest.country,
        :refreshed_at
    from totals as t
    cross join lateral (
        select i.invoice_date
        from gold.customer_invoice as i
        where i.customer_id = t.customer_id and i.is_sale and i.is_counted and i.file_id <> all(:removed)
        order by i.invoice_date
        limit 1
    ) as earliest
    cross join lateral (
        select i.invoice_date, i.country
        from gold.customer_invoice as i
        where i.customer_id = t.customer_id and i.is_sale and i.is_counted and i.file_id <> all(:removed)
        order by i.invoice_date desc, i.invoice_no desc, i.country collate "C" desc nulls last
        limit 1
    ) as latest
    where t.frequency > 0
    order by t.customer_id
    on conflict (customer_id) do update set
        first_invoice_date = excluded.first_invoice_date,
        last_invoice_date = excluded.last_invoice_date,
        frequency = excluded.frequency,
        monetary = excluded.monetary,
        returned = excluded.returned,
        country = excluded.country,
        updated_at = excluded.updated_at
    returning customer_id, first_invoice_date
),
changed as (
    select t.customer_id, t.former_date, w.first_invoice_date as first_date
    from totals as t
    left join written as w on w.customer_id = t.customer_id
    where t.former_date is distinct from w.first_invoice_date
)
select
    (select count(*) from written) as customers,
    array(
        select distinct i.invoice_date
        from changed as c
        -- A fence: one index lookup per customer, not a scan of the whole history.
        cross join lateral (
            select each.invoice_date
            from gold.customer_invoice as each
            where each.customer_id = c.customer_id
            offset 0
        ) as i
        where c.former_date is null or c.first_date is null
    ) as days,
    (
        select coalesce(jsonb_object_agg(customer_id, jsonb_build_array(former_date, first_date)), '{}')
        from changed
        where former_date is not null and first_date is not null
    ) as first_days
