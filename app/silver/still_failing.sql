-- Number of failed rows among the lines of a file, by expectation.
select expectation, count(*) as rows
from (
    select reason ->> 'expectation' as expectation
    from silver.quarantine as q
    cross join lateral jsonb_array_elements(q.reasons) as reason
    where q.file_id = :file_id and q.line_no = any(cast(:lines as int[])) and q.status <> 'replayed'
) as failed
group by expectation
order by expectation collate "C"
