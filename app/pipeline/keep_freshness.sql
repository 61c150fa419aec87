-- What the day ends with is what an answer as of this day says.
insert into pipeline.freshness_day (day, data_through, concern)
select :today, data_through, concern
from pipeline.freshness
on conflict (day) do update set data_through = excluded.data_through, concern = excluded.concern
