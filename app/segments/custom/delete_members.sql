-- Delete the memberships of a customer in custom segments, and subtract the customer from the summaries of the runs whose newest
-- revision has the customer as a member. The medians stay until the next evaluation, distributions are deleted. Returns the number of deleted rows.
with newest as (
    select run_id, max(revision) as revision
    from segments.revision
    group by run_id
),
states as (
    select s.revision, cast(null as bigint) as until_revision, s.as_of, s.last_invoice_date, s.frequency, s.monetary, f.clv
    from segments.customer_segment as s
    left join segments.customer_forecast as f on f.customer_id = s.customer_id
    where s.customer_id = :customer_id
    union all
    select revision, until_revision, as_of, last_invoice_date, frequency, monetary, null
    from segments.customer_segment_history
    where customer_id = :customer_id
),
deleted as (
    delete from segments.custom_member
    where customer_id = :customer_id
    returning slug, revision, until_revision
),
counted as (
    select
        n.run_id,
        d.slug,
        greatest(s.as_of, r.scored_as_of) - s.last_invoice_date as recency,
        s.frequency,
        s.monetary,
        coalesce(s.clv, 0) as clv
    from newest as n
    inner join segments.revision as r on r.revision = n.revision
    inner join deleted as d
        on d.revision <= n.revision and (d.until_revision is null or d.until_revision > n.revision)
    inner join states as s
        on s.revision <= n.revision and (s.until_revision is null or s.until_revision > n.revision)
),
subtracted as (
    update segments.segment_summary as t
    set
        customers = t.customers - 1,
        revenue = t.revenue - c.monetary,
        clv = t.clv - c.clv,
        mean_recency = (t.mean_recency * t.customers - c.recency) / nullif(t.customers - 1, 0),
        mean_frequency = (t.mean_frequency * t.customers - c.frequency) / nullif(t.customers - 1, 0),
        mean_monetary = (t.mean_monetary * t.customers - c.monetary) / nullif(t.customers - 1, 0),
        median_recency = case when t.customers > 1 then t.median_recency end,
        median_frequency = case when t.customers > 1 then t.median_frequency end,
        median_monetary = case when t.customers > 1 then t.median_monetary end,
        earned_share = case when t.customers > 1 then t.earned_share end
    from counted as c
    where t.run_id = c.run_id and t.scheme = 'custom' and t.slug = c.slug
),
unmeasured as (
    -- Whiskers and extremes are values of single customers.
    delete from segments.distribution as t
    using counted as c
    where t.run_id = c.run_id and t.kind = 'custom' and t.name = c.slug
)
select count(*) from deleted
