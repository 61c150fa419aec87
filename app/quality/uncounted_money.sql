-- Money of all active files of the configured sources that is quarantined or does not count, by reason, the largest first; one row per reason.
select
    m.outcome,
    coalesce(m.reason, case m.outcome when 'not_counted' then 'countsWhen' else m.outcome end) as reason,
    sum(m.money) as money,
    sum(sum(m.money)) over () as all_money
from quality.file_money as m
inner join pipeline.source_file as f on f.id = m.file_id
inner join pipeline.source as s on s.name = f.source and s.is_configured
group by 1, 2
order by sum(m.money) desc, 1, 2
