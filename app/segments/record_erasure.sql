-- Redact a customer's entries of the change feed. If there were any, append an entry `erased` with the id, by which
-- clients of the feed delete the customer; redact_erased_changes.sql removes the id later.
with redacted as (
    update segments.customer_change
    set
        customer_id = null,
        {{ without changes }},
        cluster_before = null,
        cluster_after = null
    where customer_id = :customer_id
    returning change_id
),
appended as (
    insert into segments.customer_change (customer_id, run_id, as_of, kind, {{ causes }})
    select
        :customer_id,
        run_id,
        cast(clock_timestamp() at time zone 'UTC' as date),
        'erased',
        {{ erased }}
    from segments.current_run
    where exists (select from redacted)
)
select count(*) from redacted
