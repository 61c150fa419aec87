-- Values that are customer ids, and texts that may contain customer ids (is_text).
select distinct customer_id as written, false as is_text
from bronze.sales_row
where customer_id is not null
union
select customer_id, false from silver.sales_row where customer_id is not null
union
select customer_id, false from gold.customer_rfm
union
select customer_id, false from segments.customer_segment
union
select customer_id, false from segments.customer_segment_history
union
select customer_id, false from segments.customer_forecast
union
select customer_id, false from segments.customer_change where customer_id is not null
union
select customer_id, false from webhooks.webhook_event where customer_id is not null
union
select rescued_data #>> '{}', true from bronze.sales_row where jsonb_typeof(rescued_data) = 'string'
union
select raw, true from silver.quarantine
union
select error, true from pipeline.source_file where error is not null
