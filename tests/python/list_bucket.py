"""Prints the keys below a prefix of a bucket and their sizes, as a JSON object: `list_bucket.py BUCKET PREFIX`. Where S3 is comes from `AWS_*`."""

import json
import sys

import boto3


def main():
    bucket, prefix = sys.argv[1:3]
    pages = boto3.client("s3").get_paginator("list_objects_v2").paginate(Bucket=bucket, Prefix=prefix)
    print(json.dumps({entry["Key"]: entry["Size"] for page in pages for entry in page.get("Contents", [])}))


if __name__ == "__main__":
    main()
