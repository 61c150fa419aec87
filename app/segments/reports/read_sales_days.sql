-- First and last day of the sales that count for a customer, up to :as_of; null without any.
select
    min(invoice_date) as first_day,
    max(invoice_date) as last_day
from gold.customer_invoice
where is_counted and is_sale and customer_id <> '' and invoice_date <= :as_of
