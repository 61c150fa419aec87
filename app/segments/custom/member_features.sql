-- Features of the members of a custom segment as the bytes of a matrix of doubles, null without members.
select
    string_agg(
        float8send(cast(greatest(s.as_of, cast(:scored_as_of as date)) - s.last_invoice_date as float8))
        || float8send(cast(s.frequency as float8))
        || float8send(cast(s.monetary as float8)),
        cast('' as bytea)
    ) as features
from segments.custom_member as m
inner join segments.customer_segment as s on s.customer_id = m.customer_id
where m.slug = :slug and m.until_revision is null
