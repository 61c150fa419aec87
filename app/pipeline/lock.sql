-- One transaction at a time works on a key, and on one content, in whichever process. All are taken at once and in
-- one order, so that no two transactions wait for each other.
select pg_advisory_xact_lock(place)
from (
    select distinct hashtextextended(name, 0) as place
    from unnest(cast(:names as text[])) as names (name)
    order by place
) as places
