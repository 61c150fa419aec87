-- What the day ends with is what an answer as of this day says.
insert into pipeline.freshness_day (day, data_through, warning)
select :today, data_through, warning
from pipeline.freshness
on conflict (day) do update set data_through = excluded.data_through, warning = excluded.warning
