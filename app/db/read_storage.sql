-- Disk space of each table, and of the database; numbers of rows are estimates of PostgreSQL's statistics.
select
    n.nspname as layer,
    c.relname as "table",
    greatest(cast(c.reltuples as bigint), coalesce(s.n_live_tup, 0), 0) as rows,
    coalesce(s.n_dead_tup, 0) as dead_rows,
    pg_table_size(c.oid) as table_bytes,
    pg_indexes_size(c.oid) as index_bytes,
    pg_total_relation_size(c.oid) as total_bytes,
    pg_database_size(current_database()) as database_bytes
from pg_class as c
inner join pg_namespace as n on n.oid = c.relnamespace
left join pg_stat_user_tables as s on s.relid = c.oid
where n.nspname = any(:schemas) and c.relkind in ('r', 'p')
order by pg_total_relation_size(c.oid) desc, n.nspname, c.relname
