-- Delete customers who are no longer segmented: a correction removed their last sale that counts, or their returns reached the
-- value of their sales.
delete from segments.customer_segment as s
where
    s.run_id = :run_id
    and not exists (select 1 from gold.customer_rfm as g where g.customer_id = s.customer_id and g.is_segmented)
