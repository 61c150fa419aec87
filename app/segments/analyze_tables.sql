-- Update the planner's statistics of the run's rows before the commit. Left to autovacuum, a lookup of many ids costs 25 times
-- as much in the first minute after a training run: it reads every customer of the run once per segment.
analyze segments.customer_segment, segments.segment_summary
