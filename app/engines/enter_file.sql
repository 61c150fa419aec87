-- Enter a file in the ledger of a private database, by the id that it has in the ledger.
insert into pipeline.source_file (id, source, key, etag, size, last_modified, discovered_at)
overriding system value
values (:id, :source, :key, :etag, :size, :last_modified, :discovered_at)
