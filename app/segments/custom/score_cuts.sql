-- Cut points between the RFM scores of a run, ascending, as one array for each feature.
select
    array(select cast(c as float8) from jsonb_array_elements_text(rfm_cuts -> 'recency') as c) as recency_cuts,
    array(select cast(c as float8) from jsonb_array_elements_text(rfm_cuts -> 'frequency') as c) as frequency_cuts,
    array(select cast(c as float8) from jsonb_array_elements_text(rfm_cuts -> 'monetary') as c) as monetary_cuts
from segments.model
where run_id = :run_id
-- Not merged into the statement around it, which would make the arrays again for every customer.
offset 0
