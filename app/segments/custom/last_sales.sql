last_sale as materialized (
    -- The attributes of the latest sale of each customer that counts.
    select distinct on (customer_id collate "C") customer_id, attributes
    from silver.sales_row
    where effect = 1 and customer_id is not null
    order by customer_id collate "C", invoice_date desc, invoice_no collate "C" desc, file_id desc, line_no desc
),
