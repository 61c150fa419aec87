-- Delete a batch of the former memberships that no stored revision has: valid after :previous and before :next only. Returns
-- their number.
with batch as (
    select slug, customer_id, revision
    from segments.custom_member
    where until_revision > :previous and until_revision <= :next and revision > :previous
    limit :rows
),
deleted as (
    delete from segments.custom_member as m
    using batch as b
    where m.slug = b.slug and m.customer_id = b.customer_id and m.revision = b.revision
)
select count(*) from batch
