-- Delete states of these customers that end after today: the clock was set back.
delete from segments.customer_segment_history
where run_id = :run_id and customer_id = any(:customer_ids) and until > :as_of
