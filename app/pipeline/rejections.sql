-- Rejected files by reason: messages that differ only in their numbers are counted together, the most frequent first.
select count(*) as files, min(f.error collate "C") as example
from pipeline.source_file as f
where
    f.state in ('rejected', 'failed')
    and (cast(:run_id as uuid) is null or f.run_id = :run_id)
group by regexp_replace(coalesce(f.error, ''), '[0-9][0-9.,]*', '0', 'g')
order by files desc, example
