-- Delete a batch of the former states that no stored revision has: valid after :previous and before :next only. Returns their
-- number.
with batch as (
    select customer_id, revision
    from segments.customer_segment_history
    where until_revision > :previous and until_revision <= :next and revision > :previous
    limit :rows
),
deleted as (
    delete from segments.customer_segment_history as h
    using batch as b
    where h.customer_id = b.customer_id and h.revision = b.revision
)
select count(*) from batch
