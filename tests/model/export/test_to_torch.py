import io
import json

import numpy as np
import pytest
import torch

from ikura.model.export.to_torch import contents, module_of
from tests.model.export.conftest import FORMS, as_matrix


@pytest.mark.parametrize("form", FORMS, ids=str)
def test_every_form_gives_the_same(mixed, form):
    model = mixed.model(**form)
    with torch.no_grad():
        found = module_of(model)(torch.from_numpy(as_matrix(model, mixed.new))).numpy()
    np.testing.assert_allclose(found, model.predict_proba(mixed.new), rtol=2e-5, atol=1e-6)


def test_the_file_takes_any_number_of_rows_and_describes_its_columns(mixed):
    model = mixed.model()
    extra = {"ikura.json": ""}
    program = torch.export.load(io.BytesIO(contents(model)), extra_files=extra)
    x = torch.from_numpy(as_matrix(model, mixed.new))
    for rows in (1, 30):
        found = program.module()(x[:rows]).detach().numpy()
        np.testing.assert_allclose(found, model.predict_proba(mixed.new)[:rows], rtol=2e-5, atol=1e-6)
    document = json.loads(extra["ikura.json"])
    assert [column["name"] for column in document["columns"]] == list(model.preprocessing.names)
    assert [column["kind"] for column in document["columns"]][:5] == ["number", "date", "text", "number", "unused"]
    assert document["columns"][6]["categories"][-1] is None
