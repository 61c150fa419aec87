-- Ids of customers that differ only in case, blanks, leading zeros or a decimal.
with twins as (
    select min(customer_id) as one, max(customer_id) as other, count(*) as ids
    from gold.customer_rfm
    group by regexp_replace(regexp_replace(lower(btrim(customer_id)), '^0+(?=[0-9])', ''), '^([0-9]+)[.]0+$', '\1')
    having count(*) > 1
)
select count(*) as people, coalesce(sum(ids), 0) as ids, min(array[one, other]) as example
from twins
