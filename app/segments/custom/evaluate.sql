-- Bring the members of a custom segment up to a revision, with a change for each who joined or left. Members without a state
-- have no sales that count any more. Returns the lowest change_id and the number of changes.
with {{ last sales }}
candidates as materialized (
    select s.customer_id {{ columns }}
    from segments.customer_segment as s
    {{ joins }}
    where {{ of changed }}
),
members as materialized (
    select customer_id
    from candidates as c
    where {{ condition }}
),
stored as materialized (
    select customer_id, revision
    from segments.custom_member
    where slug = :slug and until_revision is null
),
leaving as materialized (
    select m.customer_id, m.revision, s.customer_id is null as is_gone
    from stored as m
    left join segments.customer_segment as s on s.customer_id = m.customer_id
    where
        (s.customer_id is null or {{ of changed }})
        and not exists (select from members as c where c.customer_id = m.customer_id)
),
joined as (
    insert into segments.custom_member (slug, customer_id, revision, since)
    select :slug, customer_id, :revision, :as_of
    from members as c
    where not exists (select from stored as m where m.customer_id = c.customer_id)
    order by customer_id
    returning customer_id
),
removed as (
    -- A membership that began in this revision was in no other.
    delete from segments.custom_member as m
    using leaving as l
    where m.slug = :slug and m.customer_id = l.customer_id and m.revision = l.revision and m.revision = :revision
),
ended as (
    update segments.custom_member as m
    set until_revision = :revision
    from leaving as l
    where m.slug = :slug and m.customer_id = l.customer_id and m.revision = l.revision and m.revision < :revision
),
recorded as (
    insert into segments.customer_change 
        (customer_id, run_id, as_of, kind, custom_before, custom_after, custom_cause, cluster_after)
    select moves.customer_id, :run_id, :as_of, kind, custom_before, custom_after, custom_cause, s.cluster
    from (
        select customer_id, 'joined' as kind, null as custom_before, :slug as custom_after, :cause as custom_cause
        from joined
        union all
        select customer_id, 'left', :slug, null, case when is_gone then 'gone' else :cause end
        from leaving
    ) as moves
    left join segments.customer_segment as s on s.customer_id = moves.customer_id
    order by moves.customer_id
    returning change_id
)
select min(change_id) as first_change, count(*) as changes from recorded
