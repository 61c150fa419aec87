-- Delete a batch of a removed run's superseded states; returns their number.
with batch as (
    select customer_id, as_of
    from segments.customer_segment_history
    where run_id = :run_id
    order by customer_id, as_of
    limit :rows
),
deleted as (
    delete from segments.customer_segment_history
    where run_id = :run_id and (customer_id, as_of) in (select customer_id, as_of from batch)
)
select count(*) from batch
