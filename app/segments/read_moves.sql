-- Positions in the arrays of customers with another segment than in the run :previous_run_id.
select cast(a.position - 1 as int) as position, b.kmeans, b.rules
from unnest(cast(:customer_ids as text[]), cast(:kmeans as text[]), cast(:rules as text[]))
    with ordinality as a (customer_id, kmeans, rules, position)
left join segments.customer_segment as b on b.run_id = :previous_run_id and b.customer_id = a.customer_id
where b.customer_id is null or b.kmeans <> a.kmeans or b.rules <> a.rules
order by a.position
