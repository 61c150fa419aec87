-- States of these customers that a clock which was set back makes later than today.
delete from segments.customer_segment_history
where run_id = :run_id and customer_id = any(:customer_ids) and until > :as_of
