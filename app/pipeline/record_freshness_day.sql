-- The state at the end of a day is what an answer as of this day reports.
insert into pipeline.freshness_day (day, data_through, warning)
select :today, data_through, warning
from pipeline.freshness
on conflict (day) do update set data_through = excluded.data_through, warning = excluded.warning
