-- Number of customers with different segments in two states. Without slugs: of all moves.
with before as ({{ before }}),
after as ({{ after }})
select count(*)
from before as b
inner join after as a on a.customer_id = b.customer_id and a.slug <> b.slug
where
    (cast(:from_slugs as text[]) is null or b.slug = any(:from_slugs))
    and (cast(:to_slugs as text[]) is null or a.slug = any(:to_slugs))
