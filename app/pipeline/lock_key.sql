-- One transaction at a time works on a key, in whichever process.
select pg_advisory_xact_lock(hashtextextended(:bucket || '/' || :key, 0))
