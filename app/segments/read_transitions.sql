-- Customers with different segments in two states, with the features of both, by id after :after_id. Without slugs: all of them.
--
-- A customer is in a state once, but the planner cannot see it: it expects a thousand rows for each customer, and with a limit
-- compares every customer with every other one. `distinct on` says so, and gives both states in the order of a merge join.
with before as (
    select distinct on (customer_id) * from ({{ before }}) as state order by customer_id
),
after as (
    select distinct on (customer_id) * from ({{ after }}) as state order by customer_id
)
select
    a.customer_id,
    b.slug as before,
    a.slug as after,
    b.recency as recency_before,
    b.frequency as frequency_before,
    b.monetary as monetary_before,
    a.recency,
    a.frequency,
    a.monetary,
    a.tenure
from before as b
inner join after as a on a.customer_id = b.customer_id and a.slug <> b.slug
where
    (cast(:from_slugs as text[]) is null or b.slug = any(:from_slugs))
    and (cast(:to_slugs as text[]) is null or a.slug = any(:to_slugs))
order by a.customer_id
limit :limit
