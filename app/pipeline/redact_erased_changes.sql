-- Redact a batch of feed entries of customers erased before a moment; their number.
with redacted as (
    update segments.customer_change
    set customer_id = null, kmeans_cause = null, rules_cause = null
    where change_id in (
        select c.change_id
        from segments.customer_change as c
        where c.kind = 'erased' and c.customer_id is not null and c.changed_at < :before
        order by c.changed_at
        limit :rows
    )
    returning change_id
)
select count(*) from redacted
