-- Add the invoices of these files: money of their sales, money of returns, and country of the sales, or of the returns of an
-- invoice without a sale. The effect of a row was determined when it was loaded into silver.
insert into gold.customer_invoice
    (file_id, customer_id, invoice_no, invoice_date, amount, returned, is_sale, country)
select
    file_id,
    customer_id,
    invoice_no,
    invoice_date,
    sum(case effect when 1 then total_price else -abs(total_price) end),
    coalesce(sum(abs(total_price)) filter (where effect = -1), 0),
    bool_or(effect = 1),
    case
        when bool_or(effect = 1) then max(country collate "C") filter (where effect = 1)
        else max(country collate "C")
    end
from silver.sales_row
where
    file_id = any(:added)
    and customer_id is not null
    and effect <> 0
group by file_id, customer_id, invoice_no, invoice_date
