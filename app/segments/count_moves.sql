-- Number of customers with different segments in two states. Without slugs: of all moves.
with before as (
    select customer_id, case :scheme when 'kmeans' then kmeans else rules end as slug
    from segments.customer_segment
    where run_id = :before_run and as_of <= :before_day
    union all
    select customer_id, case :scheme when 'kmeans' then kmeans else rules end
    from segments.customer_segment_history
    where run_id = :before_run and as_of <= :before_day and until > :before_day
),
after as (
    select customer_id, case :scheme when 'kmeans' then kmeans else rules end as slug
    from segments.customer_segment
    where run_id = :after_run and as_of <= :after_day
    union all
    select customer_id, case :scheme when 'kmeans' then kmeans else rules end
    from segments.customer_segment_history
    where run_id = :after_run and as_of <= :after_day and until > :after_day
)
select count(*)
from before as b
inner join after as a on a.customer_id = b.customer_id and a.slug <> b.slug
where
    (cast(:from_slugs as text[]) is null or b.slug = any(:from_slugs))
    and (cast(:to_slugs as text[]) is null or a.slug = any(:to_slugs))
