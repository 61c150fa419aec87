-- Ids of customers that differ only in case, blanks, leading zeros or a decimal: a group has at least one id that is not
-- written in the plainest way, and few ids are tested by the pattern.
with spelled as materialized (
    select
        customer_id,
        monetary,
        regexp_replace(regexp_replace(lower(btrim(customer_id)), '^0+(?=[0-9])', ''), '^([0-9]+)[.]0+$', '\1') as plainest
    from gold.customer_rfm
    where
        customer_id <> lower(customer_id)
        or customer_id like any (array['0%', '%.0%', ' %', '% '])
),
plain as (
    select r.customer_id, r.monetary, s.plainest
    from (select distinct plainest from spelled) as s
    inner join gold.customer_rfm as r on r.customer_id = s.plainest
    where not exists (select from spelled as other where other.customer_id = r.customer_id)
),
twins as (
    select min(customer_id) as one, max(customer_id) as other, count(*) as ids, sum(monetary) as money
    from (
        select customer_id, monetary, plainest from spelled
        union all
        select customer_id, monetary, plainest from plain
    ) as either
    group by plainest
    having count(*) > 1
)
select count(*) as people, coalesce(sum(ids), 0) as ids, coalesce(sum(money), 0) as money, min(array[one, other]) as example
from twins
