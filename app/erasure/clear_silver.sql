-- Clear the customer id and the attributes in silver, and count the rows and their money as those without a customer.
with cleared as (
    update silver.sales_row
    set customer_id = null, attributes = null
    where customer_id = :customer_id
    returning file_id, invoice_date, {{ outcome }} as outcome, abs(total_price) as money
),
moved as (
    select file_id, invoice_date, outcome, count(*) as rows, sum(money) as money
    from cleared
    group by file_id, invoice_date, outcome
),
gone as (
    delete from quality.file_money as m
    using moved as o
    where m.file_id = o.file_id and m.invoice_date = o.invoice_date and m.outcome = o.outcome and m.rows = o.rows
),
fewer as (
    update quality.file_money as m
    set rows = m.rows - o.rows, money = m.money - o.money
    from moved as o
    where m.file_id = o.file_id and m.invoice_date = o.invoice_date and m.outcome = o.outcome and m.rows <> o.rows
),
more as (
    insert into quality.file_money (file_id, invoice_date, outcome, rows, money)
    select file_id, invoice_date, 'no_customer', sum(rows), sum(money)
    from moved
    group by file_id, invoice_date
    on conflict (file_id, invoice_date, outcome, reason) do update set
        rows = file_money.rows + excluded.rows,
        money = file_money.money + excluded.money
)
select file_id, cast(sum(rows) as int) as rows
from moved
group by file_id
