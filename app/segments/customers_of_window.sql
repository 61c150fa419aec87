(
    -- Customers of gold with a sale in the last days, and their features from the invoices of these days. A look-up for each
    -- customer, because few of them are read where only the changed ones are.
    select
        c.customer_id,
        w.first_invoice_date,
        w.last_invoice_date,
        w.frequency,
        w.monetary,
        w.returned,
        c.country,
        w.returned <= 0 or w.monetary > 0 as is_segmented
    from gold.customer_rfm as c
    cross join lateral (
        select
            min(i.invoice_date) filter (where i.is_sale) as first_invoice_date,
            max(i.invoice_date) filter (where i.is_sale) as last_invoice_date,
            cast(count(distinct i.invoice_no) filter (where i.is_sale) as integer) as frequency,
            sum(i.amount) as monetary,
            sum(i.returned) as returned
        from gold.customer_invoice as i
        where i.customer_id = c.customer_id and i.is_counted and i.invoice_date > cast(:as_of as date) - {{ days }}
        having bool_or(i.is_sale)
    ) as w
    where {{ is read }}
)
