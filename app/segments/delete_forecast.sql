-- Delete the forecast of a customer, and subtract it from the sums of the segments of the current run. Returns the number of
-- deleted rows.
with deleted as (
    delete from segments.customer_forecast
    where customer_id = :customer_id
    returning customer_id, clv
),
subtracted as (
    update segments.segment_summary as s
    set clv = s.clv - d.clv
    from deleted as d
    inner join segments.customer_segment as c on c.customer_id = d.customer_id
    cross join segments.current_run as r
    where s.run_id = r.run_id and ({{ segments of state }})
)
select count(*) from deleted
