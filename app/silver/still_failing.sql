-- How many of a file's lines still fail each expectation.
select reason ->> 'expectation' as expectation, count(*) as rows
from silver.quarantine as q
cross join lateral jsonb_array_elements(q.reasons) as reason
where q.file_id = :file_id and q.line_no = any(cast(:lines as int[])) and q.status <> 'replayed'
group by reason ->> 'expectation'
order by reason ->> 'expectation' collate "C"
