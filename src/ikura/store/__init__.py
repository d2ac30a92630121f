"""Where studies are kept: every study, trial, metric, zoom and event, in a database."""

from ikura.store.documents import IMPORTED, check_documents, check_whole, is_imported, read_whole
from ikura.store.location import data_folder, open_store, without_password
from ikura.store.protocol import JSON, Event, Status, Store, StudyRecord
from ikura.store.rows import plain, region_from_json, region_to_json

__all__ = [
    "IMPORTED",
    "JSON",
    "Event",
    "Status",
    "Store",
    "StudyRecord",
    "check_documents",
    "check_whole",
    "data_folder",
    "is_imported",
    "open_store",
    "plain",
    "read_whole",
    "region_from_json",
    "region_to_json",
    "without_password",
]
