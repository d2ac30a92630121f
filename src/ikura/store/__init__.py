"""Where studies are kept: every study, trial, metric, zoom and event, in a database."""

from ikura.store.location import data_folder, open_store, without_password
from ikura.store.protocol import JSON, Event, Status, Store, StudyRecord

__all__ = ["JSON", "Event", "Status", "Store", "StudyRecord", "data_folder", "open_store", "without_password"]
