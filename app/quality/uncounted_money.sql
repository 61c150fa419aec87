-- Money of all active files of the configured sources that is quarantined or does not count, by reason, the largest first; one row per reason.
with reasons as (
    select
        m.outcome,
        coalesce(m.reason, case m.outcome when 'not_counted' then 'countsWhen' else m.outcome end) as reason,
        m.money
    from quality.file_money as m
    inner join pipeline.source_file as f on f.id = m.file_id
    inner join pipeline.source as s on s.name = f.source and s.is_configured
)
select outcome, reason, sum(money) as money, sum(sum(money)) over () as all_money
from reasons
group by outcome, reason
order by sum(money) desc, outcome collate "C", reason collate "C"
