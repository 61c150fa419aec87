-- Rows of some files, and customers and money of all.
select
    coalesce(sum(f.rows_loaded), 0) as rows_loaded,
    coalesce(sum(f.rows_quarantined), 0) as rows_quarantined,
    coalesce(sum(f.rows_skipped), 0) as rows_skipped,
    (select count(*) from gold.customer_rfm) as customers,
    (select coalesce(sum(monetary), 0) from gold.customer_rfm) as money
from pipeline.source_file as f
where f.id = any(cast(:file_ids as bigint[]))
