"""Reads every Parquet file below a prefix of a bucket with pyarrow: `read_parquet.py BUCKET PREFIX`. Where S3 is comes from `AWS_*`.

Prints a JSON object: `files` (how many), `columns` (name to type), and `rows` (each an object; times in milliseconds since the epoch).
"""

import io
import json
import os
import sys

import boto3
import pyarrow
import pyarrow.parquet


def plain(value):
    """A value as JSON has it: maps are lists of pairs in Arrow."""
    return dict(value) if isinstance(value, list) else value


def rows(table):
    """The rows of a table, times as milliseconds since the epoch."""
    for at, field in enumerate(table.schema):
        if pyarrow.types.is_timestamp(field.type):
            table = table.set_column(at, field.name, table.column(at).cast(pyarrow.timestamp("ms", field.type.tz)).cast(pyarrow.int64()))
    return [{name: plain(value) for name, value in row.items()} for row in table.to_pylist()]


def main():
    bucket, prefix = sys.argv[1:3]
    client = boto3.client("s3")
    pages = client.get_paginator("list_objects_v2").paginate(Bucket=bucket, Prefix=prefix)
    keys = sorted(entry["Key"] for page in pages for entry in page.get("Contents", []) if entry["Key"].endswith(".parquet"))
    bodies = (client.get_object(Bucket=bucket, Key=key)["Body"].read() for key in keys)
    tables = [pyarrow.parquet.read_table(io.BytesIO(body)) for body in bodies]
    columns = {field.name: str(field.type) for table in tables for field in table.schema}
    print(json.dumps({"files": len(tables), "columns": columns, "rows": [row for table in tables for row in rows(table)]}))


if __name__ == "__main__":
    main()

# The threads of pyarrow sometimes abort an interpreter that ends in the usual way; all has been said by now.
sys.stdout.flush()
os._exit(0)
