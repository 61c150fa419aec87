-- Features of the customers of a run, and the days since the first sale, by cluster and segments: of some clusters or
-- segments, or of all (null). They are the bytes of a matrix of doubles, because 100,000 rows take longer to read than
-- one value.
select
    {{ groups }},
    string_agg(
        float8send(recency) || float8send(frequency) || float8send(cast(monetary as float8)) || float8send(tenure),
        cast('' as bytea)
    ) as features
from ({{ state }}) as s
where {{ chosen clusters }} or {{ chosen slugs }}
group by {{ groups }}
order by {{ groups }}
