-- Update the planner's statistics of the run's customers before their summaries, which take half as long with them, and before
-- the commit: otherwise a batch lookup takes 25 times as long until autovacuum runs, because it reads every customer of the run
-- once per segment.
analyze segments.customer_segment, segments.customer_forecast
