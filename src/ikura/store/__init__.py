"""Where studies are kept: every study, trial, metric, zoom, decision and event, in a database."""

from ikura.store.address import without_password
from ikura.store.integrity import check_whole, read_whole
from ikura.store.location import data_folder, open_store
from ikura.store.protocol import Command, Store
from ikura.store.serialization import plain, region_from_json, region_to_json

__all__ = [
    "Command",
    "Store",
    "check_whole",
    "data_folder",
    "open_store",
    "plain",
    "read_whole",
    "region_from_json",
    "region_to_json",
    "without_password",
]
