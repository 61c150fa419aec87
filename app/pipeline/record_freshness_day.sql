-- Update today's row. Requests with `as_of` of a day read the last update of that day.
insert into pipeline.freshness_day (day, data_through, warning)
select :today, data_through, warning
from pipeline.freshness
on conflict (day) do update set data_through = excluded.data_through, warning = excluded.warning
