-- Some entries of the audit log that were written before a moment go.
with gone as (
    delete from access.audit_entry
    where entry_id in (
        select a.entry_id
        from access.audit_entry as a
        where a.at < :before
        order by a.at
        limit :rows
    )
    returning entry_id
)
select count(*) from gone
