-- Delete customers without sales that count, after a correction removed their last one.
delete from segments.customer_segment as s
where
    s.run_id = :run_id
    and not exists (select 1 from gold.customer_rfm as g where g.customer_id = s.customer_id)
