"""Dry run of a load: what files would become under a contract, in a database that is deleted afterwards."""
