-- Warnings about rows of all active files by kind and rule, with the first of the files; without unknown money, which is
-- measured for all data.
select
    w.kind,
    w.rule,
    count(*) as files,
    sum(w.rows) as rows,
    sum(w.money) as money,
    (array_agg(concat(f.key, ': ', w.example) order by f.key collate "C"))[1] as example
from quality.file_warning as w
inner join pipeline.source_file as f on f.id = w.file_id
where w.kind <> 'unknown_money'
group by w.kind, w.rule
order by w.kind collate "C", w.rule collate "C"
