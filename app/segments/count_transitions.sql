-- Numbers of customers by segment before and after, null if they are in one state only. Of customers who moved: the
-- later features as bytes, of which the causes are computed. One join: sorting the customers to page through them takes
-- longer. Bytes: an array becomes a Python object per number.
with before as ({{ before }}),
after as ({{ after }})
select
    b.slug as before,
    a.slug as after,
    count(*) as customers,
    string_agg(float8send(cast(a.recency as double precision)), '') filter (where a.slug <> b.slug) as recency,
    string_agg(float8send(cast(a.frequency as double precision)), '') filter (where a.slug <> b.slug) as frequency,
    string_agg(float8send(cast(a.monetary as double precision)), '') filter (where a.slug <> b.slug) as monetary,
    string_agg(float8send(cast(a.tenure as double precision)), '') filter (where a.slug <> b.slug) as tenure
from before as b
full join after as a on a.customer_id = b.customer_id
where b.slug is not null or a.slug is not null  -- a scheme in which not every customer has a segment
group by b.slug, a.slug
