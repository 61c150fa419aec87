-- Delete a batch of a removed run's customers; returns their number.
with batch as (
    select customer_id
    from segments.customer_segment
    where run_id = :run_id
    order by customer_id
    limit :rows
),
deleted as (
    delete from segments.customer_segment
    where run_id = :run_id and customer_id in (select customer_id from batch)
)
select count(*) from batch
