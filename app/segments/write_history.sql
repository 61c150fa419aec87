-- Copy the states of these customers, and of customers without sales, to the history, except states of the same day.
insert into segments.customer_segment_history
    (run_id, customer_id, as_of, recency, frequency, monetary, cluster, kmeans, rules, country, first_invoice_date,
     kmeans_since, rules_since, updated_at, until)
select
    s.run_id, s.customer_id, s.as_of, s.recency, s.frequency, s.monetary, s.cluster, s.kmeans, s.rules, s.country,
    s.first_invoice_date, s.kmeans_since, s.rules_since, s.updated_at, :as_of
from segments.customer_segment as s
where
    s.run_id = :run_id
    and s.as_of < :as_of
    and (
        s.customer_id = any(:customer_ids)
        or not exists (select 1 from gold.customer_rfm as g where g.customer_id = s.customer_id)
    )
on conflict (run_id, customer_id, as_of) do nothing
