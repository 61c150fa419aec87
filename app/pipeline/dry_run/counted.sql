-- Rows of silver that do not meet a rule of severity `warning`.
select rule as expectation, sum(rows) as failed
from quality.file_warning
where file_id = any(:file_ids) and kind = 'rule'
group by rule
order by rule collate "C"
