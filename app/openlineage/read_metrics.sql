-- Number of files that a run loaded, and rows, rows without a customer and money of these files in silver.
select
    count(*) as files,
    coalesce(sum(p.rows), 0) as rows,
    coalesce(sum(p.null_customers), 0) as null_customers,
    coalesce(sum(p.money), 0) as money
from quality.file_profile as p
inner join pipeline.source_file as f on f.id = p.file_id
where f.run_id = :run_id and p.layer = 'silver'
