-- Ids of the files with this current address, or whose address ends with this path.
select f.id as file_id
from pipeline.source_file as f
left join pipeline.source as s on s.name = f.source
where
    coalesce(s.location, '') || f.key = :source_file
    or right(coalesce(s.location, '') || f.key, length(:source_file) + 1) = '/' || :source_file
