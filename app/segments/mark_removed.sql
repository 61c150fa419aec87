-- Mark the published runs of which no revision is stored; returns them.
update segments.model as m
set removed_at = :removed_at
where
    m.removed_at is null
    and exists (select from segments.segment_summary as s where s.run_id = m.run_id)
    and not exists (select from segments.revision as r where r.run_id = m.run_id)
returning m.run_id
