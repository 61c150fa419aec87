-- Delete customers whom a correction left without any sale that counts.
delete from segments.customer_segment as s
where
    s.run_id = :run_id
    and not exists (select 1 from gold.customer_rfm as g where g.customer_id = s.customer_id)
