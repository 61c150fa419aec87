-- Updates today's row; the last update of a day is read by requests with this day as as_of.
insert into pipeline.freshness_day (day, data_through, warning)
select :today, data_through, warning
from pipeline.freshness
on conflict (day) do update set data_through = excluded.data_through, warning = excluded.warning
