"""Tables as the warehouse describes them."""

from tasks.evidence.data_table import ColumnType, DataFile, DataTable

TABLES = (
    DataTable(
        "rows",
        (("row_key", ColumnType.TEXT), ("event_timestamp", ColumnType.INSTANT), ("sex", ColumnType.TEXT)),
        (
            DataFile(".assay/warehouse/rows/2024-01-01_2024-06-30.parquet", "ab" * 32, 900, 4096),
            DataFile(".assay/warehouse/rows/2024-07-01.parquet", "cd" * 32, 100, 512),
        ),
    ),
    DataTable(
        "labels",
        (("row_key", ColumnType.TEXT), ("label", ColumnType.INTEGER)),
        (DataFile(".assay/warehouse/labels/2024-01-01_2024-07-01.parquet", "ef" * 32, 990, 2048),),
    ),
    DataTable(
        "applications",
        (("amount", ColumnType.NUMBER), ("new", ColumnType.BOOLEAN)),
        (DataFile(".assay/warehouse/applications/2024-01-01_2024-07-01.parquet", "01" * 32, 1000, 8192),),
    ),
)
