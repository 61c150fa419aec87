-- The customers who meet a condition: their number, money and expected spend, the segments that they are in, and a sample.
with {{ last sales }}
matching as materialized (
    select customer_id, {{ groups }}, shown_recency, shown_frequency, shown_monetary, shown_country, shown_clv
    from (
        select
            s.customer_id,
            {{ slugs }},
            {{ recency }} as shown_recency,
            s.frequency as shown_frequency,
            s.monetary as shown_monetary,
            s.country as shown_country,
            f.clv as shown_clv
            {{ columns }}
        from segments.customer_segment as s
        {{ joins }}
    ) as c
    where {{ condition }}
),
counted as (
    {{ counts }}
    union all
    select 'custom', m.slug, count(*)
    from segments.custom_member as m
    inner join matching as c on c.customer_id = m.customer_id
    where m.until_revision is null
    group by m.slug
),
summary as (
    select scheme, slug, segment, customers, revenue
    from segments.segment_summary
    where run_id = :run_id
),
sample as (
    select customer_id, shown_recency, shown_frequency, shown_monetary, shown_country
    from matching
    order by hashtext(customer_id), customer_id
    limit :sample
)
select
    (select count(*) from matching) as customers,
    (select coalesce(sum(shown_monetary), 0) from matching) as revenue,
    (select coalesce(sum(customers), 0) from summary where scheme = '{{ first scheme }}') as all_customers,
    (select coalesce(sum(revenue), 0) from summary where scheme = '{{ first scheme }}') as all_revenue,
    (
        select case when exists (select from segments.customer_forecast) then coalesce(sum(shown_clv), 0) end
        from matching
    ) as clv,
    (select count(*) from segments.custom_member where slug = cast(:replaced as text) and until_revision is null) as members,
    (select coalesce(sum(customers), 0) from counted where scheme = 'custom' and slug = cast(:replaced as text)) as staying,
    (
        select
            coalesce(
                jsonb_agg(
                    jsonb_build_object(
                        'scheme', c.scheme, 'slug', c.slug, 'name', coalesce(s.segment, c.slug),
                        'customers', c.customers, 'segment_customers', coalesce(s.customers, c.customers)
                    )
                    order by c.customers desc, c.slug collate "C"
                ),
                '[]'
            )
        from counted as c
        left join summary as s on s.scheme = c.scheme and s.slug = c.slug
        where c.scheme <> 'custom' or c.slug is distinct from cast(:replaced as text)
    ) as overlaps,
    (
        select
            coalesce(
                jsonb_agg(
                    jsonb_build_object(
                        'customer_id', customer_id, 'recency', shown_recency, 'frequency', shown_frequency,
                        'monetary', cast(shown_monetary as text), 'country', shown_country
                    )
                    order by customer_id collate "C"
                ),
                '[]'
            )
        from sample
    ) as sample
