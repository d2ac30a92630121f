"""Names for the ways of networks: what is known of a way holds for whoever goes it."""

import json
from hashlib import sha256

from ikura.records import Job


def ways_of(job: Job) -> tuple[str, ...]:
    """Return for each leg of a job the name of the way up to it and along it, however far."""
    names, before = [], ""
    for leg in job.legs:
        begun = json.dumps([before, job.replicate, leg.number, dict(leg.config), leg.start], sort_keys=True)
        names.append(sha256(begun.encode()).hexdigest()[:20])
        before = f"{names[-1]} {leg.stop}"
    return tuple(names)
