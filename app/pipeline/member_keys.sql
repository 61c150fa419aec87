-- Keys of the members of listed archives, as these were last opened.
select distinct member.key
from pipeline.source_file as archive
inner join pipeline.source_file as member on member.archive_id = archive.id
where
    archive.source = :source
    and archive.key = any(cast(:archives as text[]))
    and archive.state <> 'superseded'
    and member.source = :source
