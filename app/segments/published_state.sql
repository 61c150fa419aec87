-- Customers of one of the two states that are compared: the segment in the scheme, and the features.
select customer_id, case :scheme when 'kmeans' then kmeans else rules end as slug, recency, frequency, monetary
from segments.customer_segment
where
    run_id = :{{ side }}_run and as_of <= :{{ side }}_day
    {{ of page }}
union all
select customer_id, case :scheme when 'kmeans' then kmeans else rules end, recency, frequency, monetary
from segments.customer_segment_history
where
    run_id = :{{ side }}_run and as_of <= :{{ side }}_day and until > :{{ side }}_day
    {{ of page }}
