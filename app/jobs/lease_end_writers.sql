-- Terminate the transactions begun under an earlier epoch that are still open: their process may be suspended and hold
-- its locks without limit.
select pg_terminate_backend(pid)
from pg_locks
where
    locktype = 'advisory'
    and database = (select oid from pg_database where datname = current_database())
    and classid = cast((hashtextextended(:fence, 0) >> 32) & 4294967295 as oid)
    and objid = cast(hashtextextended(:fence, 0) & 4294967295 as oid)
    and objsubid = 1
    and pid <> pg_backend_pid()
