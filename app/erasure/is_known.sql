-- Whether any table has a customer with this id; messages, and entries `erased` of the change feed, are not searched.
select
    exists (select from gold.customer_rfm where customer_id = :customer_id)
    or exists (select from segments.customer_change where customer_id = :customer_id and kind <> 'erased')
    or exists (select from silver.sales_row where customer_id = :customer_id)
    or exists (
        select
        from bronze.sales_row as r
        where case when strpos(r.customer_id, :fragment) > 0 then {{ customer id }} = :customer_id end
    )
