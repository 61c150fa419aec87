-- Redact a batch of `erased` entries of the change feed that were written before a time; returns their number.
with redacted as (
    update segments.customer_change
    set customer_id = null, {{ without causes }}
    where change_id in (
        select change_id
        from segments.customer_change
        where kind = 'erased' and customer_id is not null and changed_at < :before
        order by changed_at
        limit :rows
    )
    returning change_id
)
select count(*) from redacted
