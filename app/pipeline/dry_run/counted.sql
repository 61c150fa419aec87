-- Rows of silver that do not meet a rule of severity `warning`.
select expectation, sum(failed) as failed
from quality.expectation_results
where file_id = any(:file_ids) and expectation = any(:names) and failed > 0
group by expectation
order by expectation collate "C"
