"""Loads a CSV file into PostgreSQL with dlt's arrow path and prints the seconds of each round as JSON.

dlt_load.py FILE ROUNDS; the database is in DESTINATION__POSTGRES__CREDENTIALS.
"""

import json
import os
import sys
import tempfile
import time

os.environ.setdefault("RUNTIME__DLTHUB_TELEMETRY", "false")
os.environ.setdefault("RUNTIME__LOG_LEVEL", "ERROR")

import dlt
import pyarrow
import pyarrow.csv

KEY = ["ad_id", "day"]
TYPES = {
    "Campaign ID": pyarrow.string(),
    "Ad set ID": pyarrow.string(),
    "Ad ID": pyarrow.string(),
    "Amount spent (EUR)": pyarrow.decimal128(18, 2),
    "Conversion value": pyarrow.decimal128(18, 2),
}


def load(pipeline, path, table, disposition, rows=None):
    """The whole way from the file to the table, in seconds."""
    began = time.perf_counter()
    content = pyarrow.csv.read_csv(path, convert_options=pyarrow.csv.ConvertOptions(column_types=TYPES))
    content = content.slice(0, rows)
    merges = disposition == "merge"
    pipeline.run(
        content,
        table_name=table,
        write_disposition={"disposition": "merge", "strategy": "upsert"} if merges else disposition,
        primary_key=KEY if merges else None,
    )
    seconds = time.perf_counter() - began
    with pipeline.sql_client() as client:
        loaded = client.execute_sql(f"select count(*) from {client.make_qualified_table_name(table)}")[0][0]
    assert loaded == content.num_rows, f"{loaded} of {content.num_rows} rows are there"
    return seconds


def main():
    path, rounds = sys.argv[1], int(sys.argv[2])
    seconds = {"versions": f"dlt {dlt.__version__}, pyarrow {pyarrow.__version__}"}
    with tempfile.TemporaryDirectory() as folder:
        pipeline = dlt.pipeline("bench", destination="postgres", dataset_name="bench", pipelines_dir=folder)
        for disposition in ("merge", "append"):
            # The first load makes dlt's own tables.
            load(pipeline, path, f"warm_{disposition}", disposition, rows=100)
            seconds[disposition] = [
                load(pipeline, path, f"{disposition}_{number}", disposition) for number in range(rounds)
            ]
    print(json.dumps(seconds))


if __name__ == "__main__":
    main()
