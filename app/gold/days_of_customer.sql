-- Days of a customer's invoices.
select distinct invoice_date
from gold.customer_invoice
where customer_id = :customer_id
