-- Files that were loaded before a time and still have rows in a table, the oldest first.
select f.id, f.source || '/' || f.key as name
from pipeline.source_file as f
where
    f.loaded_at < :before
    and case :layer
        when 'bronze' then exists (select 1 from bronze.sales_row as r where r.file_id = f.id)
        else exists (select 1 from silver.quarantine as r where r.file_id = f.id)
    end
order by f.loaded_at, f.id
