"""Spark as an engine: the executors of a cluster read and validate files. The only room that imports pyspark."""
