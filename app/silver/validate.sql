-- Type the rows of one file and validate each by the contract. Parts in double braces are rendered from the contract.
-- lines: the rows of a replay; null for the whole file.
-- A cheap test comes first (translate), the exact one only for the texts that it leaves; no cast runs unguarded.
{{ rates }}received as (
    select
        b.file_id,
        b.line_no,
        jsonb_typeof(b.rescued_data) = 'string' as is_unsplit,
        {{ raw columns }}
    from {{ rows }} as b
    {{ first rows }}
    where b.file_id = :file_id and (cast(:lines as int[]) is null or b.line_no = any(cast(:lines as int[])))
),
texts as not materialized (
    select
        r.*,
        {{ texts }}
    from received as r
    -- A fence: without it the planner copies the expressions above into every place that names them.
    offset 0
),
{{ days }},
typed_columns as (
    select
        t.*,
        {{ typed columns }}
    from texts as t
    {{ joins }}
    offset 0
),
totals as (
    select
        c.*,
        {{ rate }}{{ total }} as total_price
    from typed_columns as c
    {{ rate join }}
    offset 0
),
validated as materialized (
    select
        t.*,
        {{ skipped }} as is_skipped,
        {{ cancellation }} as is_cancellation,
        {{ counts }} as is_counted,
        coalesce(
            {{ holds }},
            false
        ) as is_clean
    from totals as t
    offset 0
)
