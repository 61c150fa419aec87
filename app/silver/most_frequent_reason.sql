-- The expectation with the most failed rows of a file, an example of a value, and some of the values.
select
    reason ->> 'expectation' as expectation,
    min(left(coalesce(reason ->> 'value', q.raw), 60) collate "C") as example,
    (array_agg(distinct left(reason ->> 'value', 60) collate "C"))[1:5] as some_values
from silver.quarantine as q
cross join lateral jsonb_array_elements(q.reasons) as reason
where q.file_id = :file_id and q.status <> 'replayed'
group by reason ->> 'expectation'
order by count(*) desc, (reason ->> 'expectation') collate "C"
limit 1
