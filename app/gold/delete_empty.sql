-- Delete sums of periods and cohorts of which nothing is left.
with cohorts as (
    delete from gold.cohort_month
    where customers = 0 and revenue = 0
)
delete from gold.sales_period
where customers = 0 and revenue = 0
