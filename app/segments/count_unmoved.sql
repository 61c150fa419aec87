-- Numbers of customers by segment who are in the same segment in both states, or in one state only.
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
select b.slug as before, a.slug as after, count(*) as customers
from before as b
full join after as a on a.customer_id = b.customer_id
where b.slug = a.slug or b.slug is null or a.slug is null
group by b.slug, a.slug
