-- Currencies of all active files, the most frequent first.
select currency, sum(rows) as rows, sum(money) as money
from quality.file_currency
group by currency
order by sum(rows) desc, currency collate "C"
