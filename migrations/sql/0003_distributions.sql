-- Recompute the distributions of the features in some clusters and segments of a run, or in all (null). Groups without
-- customers have no row. A bin includes its lower edge and excludes its upper one; the last edge is above the upper whisker
-- by the smallest step of the feature: a day, an invoice or a cent.
with states as materialized (
    select
        g.kind, g.name, s.recency, s.frequency, cast(s.monetary as float8) as monetary
    from segments.customer_segment as s
    cross join lateral (
        values ('cluster', cast(s.cluster as text)), ('kmeans', s.kmeans), ('rules', s.rules)
    ) as g (kind, name)
    where
        s.run_id = (select run_id from segments.current_run)
        and case g.kind
            when 'cluster' then cast(null as smallint[]) is null or s.cluster = any(cast(null as smallint[]))
            when 'kmeans' then cast(null as text[]) is null or s.kmeans = any(cast(null as text[]))
            else cast(null as text[]) is null or s.rules = any(cast(null as text[]))
        end
),
ordered as (
    select
        kind,
        name,
        percentile_cont(array[0, 0.25, 0.5, 0.75, 1]) within group (order by recency) as recency,
        percentile_cont(array[0, 0.25, 0.5, 0.75, 1]) within group (order by frequency) as frequency,
        percentile_cont(array[0, 0.25, 0.5, 0.75, 1]) within group (order by monetary) as monetary
    from states
    group by kind, name
),
fences as materialized (
    select
        o.kind,
        o.name,
        f.feature,
        f.step,
        f.five,
        f.five[2] - 1.5 * (f.five[4] - f.five[2]) as low,
        f.five[4] + 1.5 * (f.five[4] - f.five[2]) as high
    from ordered as o
    cross join lateral (
        values ('recency', 1.0, o.recency), ('frequency', 1.0, o.frequency), ('monetary', 0.01, o.monetary)
    ) as f (feature, step, five)
),
by_group as materialized (
    select
        kind,
        name,
        max(low) filter (where feature = 'recency') as recency_low,
        max(high) filter (where feature = 'recency') as recency_high,
        max(low) filter (where feature = 'frequency') as frequency_low,
        max(high) filter (where feature = 'frequency') as frequency_high,
        max(low) filter (where feature = 'monetary') as monetary_low,
        max(high) filter (where feature = 'monetary') as monetary_high
    from fences
    group by kind, name
),
reached as (
    select
        s.kind,
        s.name,
        min(s.recency) filter (where s.recency >= g.recency_low) as recency_low,
        max(s.recency) filter (where s.recency <= g.recency_high) as recency_high,
        min(s.frequency) filter (where s.frequency >= g.frequency_low) as frequency_low,
        max(s.frequency) filter (where s.frequency <= g.frequency_high) as frequency_high,
        min(s.monetary) filter (where s.monetary >= g.monetary_low) as monetary_low,
        max(s.monetary) filter (where s.monetary <= g.monetary_high) as monetary_high
    from states as s
    inner join by_group as g on g.kind = s.kind and g.name = s.name
    group by s.kind, s.name
),
whiskers as (
    select f.kind, f.name, f.feature, f.five, f.step, cast(w.low as numeric) as low, cast(w.high as numeric) as high
    from fences as f
    inner join reached as r on r.kind = f.kind and r.name = f.name
    cross join lateral (
        values
            ('recency', cast(r.recency_low as float8), cast(r.recency_high as float8)),
            ('frequency', r.frequency_low, r.frequency_high),
            ('monetary', r.monetary_low, r.monetary_high)
    ) as w (feature, low, high)
    where w.feature = f.feature
),
binned as materialized (
    select
        w.*,
        b.scale,
        case b.scale
            when 'log' then (
                select array_agg(distinct edge order by edge)
                from (
                    select round(w.low * power((w.high + w.step) / w.low, i / cast(20 as numeric)), 2) as edge
                    from generate_series(0, 20) as i
                ) as logarithmic
            )
            else (
                select array_agg(w.low + i * b.width order by i)
                from generate_series(0, cast(ceil((w.high + w.step - w.low) / b.width) as int)) as i
            )
        end as edges
    from whiskers as w
    cross join lateral (
        select
            case when w.feature = 'monetary' and w.low > 0 and w.high > 10 * w.low then 'log' else 'linear' end as scale,
            ceil((w.high + w.step - w.low) / w.step / 20) * w.step as width
    ) as b
),
edges as materialized (
    select
        kind,
        name,
        max(cast(edges as float8[])) filter (where feature = 'recency') as recency,
        max(cast(edges as float8[])) filter (where feature = 'frequency') as frequency,
        max(cast(edges as float8[])) filter (where feature = 'monetary') as monetary
    from binned
    group by kind, name
),
placed as materialized (
    select
        s.kind,
        s.name,
        width_bucket(cast(s.recency as float8), e.recency) as recency,
        width_bucket(cast(s.frequency as float8), e.frequency) as frequency,
        width_bucket(s.monetary, e.monetary) as monetary,
        count(*) as customers
    from states as s
    inner join edges as e on e.kind = s.kind and e.name = s.name
    group by 1, 2, 3, 4, 5
),
counted as (
    select p.kind, p.name, f.feature, f.place, cast(sum(p.customers) as int) as customers
    from placed as p
    cross join lateral (
        values ('recency', p.recency), ('frequency', p.frequency), ('monetary', p.monetary)
    ) as f (feature, place)
    group by p.kind, p.name, f.feature, f.place
),
written as (
    insert into segments.distribution
        (run_id, kind, name, feature, minimum, q1, median, q3, maximum, whisker_low, whisker_high, scale, edges,
         counts, below, above)
    select
        (select run_id from segments.current_run),
        b.kind,
        b.name,
        b.feature,
        b.five[1],
        b.five[2],
        b.five[3],
        b.five[4],
        b.five[5],
        b.low,
        b.high,
        b.scale,
        b.edges,
        array(
            select coalesce(c.customers, 0)
            from generate_series(1, cardinality(b.edges) - 1) as i
            left join counted as c
                on c.kind = b.kind and c.name = b.name and c.feature = b.feature and c.place = i
            order by i
        ),
        coalesce(
            (
                select c.customers
                from counted as c
                where c.kind = b.kind and c.name = b.name and c.feature = b.feature and c.place = 0
            ),
            0
        ),
        coalesce(
            (
                select c.customers
                from counted as c
                where
                    c.kind = b.kind and c.name = b.name and c.feature = b.feature
                    and c.place = cardinality(b.edges)
            ),
            0
        )
    from binned as b
    on conflict (run_id, kind, name, feature) do update set
        minimum = excluded.minimum,
        q1 = excluded.q1,
        median = excluded.median,
        q3 = excluded.q3,
        maximum = excluded.maximum,
        whisker_low = excluded.whisker_low,
        whisker_high = excluded.whisker_high,
        scale = excluded.scale,
        edges = excluded.edges,
        counts = excluded.counts,
        below = excluded.below,
        above = excluded.above
)
delete from segments.distribution as d
where
    d.run_id = (select run_id from segments.current_run)
    and case d.kind
        when 'cluster' then cast(null as smallint[]) is null or cast(d.name as smallint) = any(cast(null as smallint[]))
        when 'kmeans' then cast(null as text[]) is null or d.name = any(cast(null as text[]))
        else cast(null as text[]) is null or d.name = any(cast(null as text[]))
    end
    and not exists (select from binned as b where b.kind = d.kind and b.name = d.name)
