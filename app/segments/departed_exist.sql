-- Whether there are customers with segments who are no longer segmented.
select exists (
    select
    from segments.customer_segment as s
    where
        not exists (select 1 from {{ customers }} as g where g.customer_id = s.customer_id and g.is_segmented)
        {{ of changed }}
)
