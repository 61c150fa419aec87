-- Rows of the visible sheets of workbooks that are not read, with the names of the first five.
insert into quality.file_warning (file_id, kind, rows, money, example)
select
    f.id,
    'other_sheets',
    sum(cast(s.sheet ->> 'rows' as int)),
    0,
    concat(
        case when count(*) = 1 then 'sheet ' else 'sheets ' end,
        string_agg(s.sheet ->> 'name', ', ' order by s.place) filter (where s.place <= 5),
        case when count(*) > 5 then ', …' end
    )
from pipeline.source_file as f
cross join jsonb_array_elements(f.other_sheets) with ordinality as s (sheet, place)
where f.id = any(:file_ids)
group by f.id
