-- The expectation with the most failed rows of a file, an example of a value, and some of the values. A total that cannot be
-- computed is the last reason of several with as many rows: another column is its cause.
select
    reason ->> 'expectation' as expectation,
    min(
        left(case when reason ->> 'expectation' = 'parse' then q.raw else coalesce(reason ->> 'value', '') end, 60)
        collate "C"
    ) as example,
    (array_agg(distinct left(reason ->> 'value', 300) collate "C"))[1:100] as some_values
from silver.quarantine as q
cross join lateral jsonb_array_elements(q.reasons) as reason
where q.file_id = :file_id and q.status <> 'replayed'
group by reason ->> 'expectation'
order by count(*) desc, reason ->> 'expectation' = 'valid_total_price', (reason ->> 'expectation') collate "C"
limit 1
