-- Files that a run loaded or rejected, with the rows that passed and failed each expectation.
select
    f.id as file_id,
    coalesce(s.location, '') || f.key as address,
    f.sha256,
    f.size,
    f.rows_read,
    f.state,
    (
        select
            coalesce(
                jsonb_agg(
                    jsonb_build_object('expectation', e.expectation, 'passed', e.passed, 'failed', e.failed)
                    order by e.expectation collate "C"
                ),
                '[]'
            )
        from quality.expectation_results as e
        where e.file_id = f.id and f.state <> 'rejected'
    ) as results
from pipeline.source_file as f
left join pipeline.source as s on s.name = f.source
where f.run_id = :run_id and f.not_read is null
order by f.id
