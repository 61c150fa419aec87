-- Rows and money of all active files by outcome, the largest first, if no customer has a sale that counts.
select outcome, sum(rows) as rows, sum(money) as money, sum(sum(rows)) over () as all_rows
from quality.file_money
where outcome <> 'skipped' and not exists (select from gold.customer_rfm)
group by outcome
order by sum(rows) desc, outcome collate "C"
