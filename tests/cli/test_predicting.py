import numpy as np

from ikura.cli.predicting import as_csv


def test_labels_are_quoted_where_csv_wants_it() -> None:
    probabilities = np.array([[0.25, 0.75], [1.0, 1e-12]], np.float32)
    assert as_csv(["rye, old", 'the "best"'], probabilities) == (
        'class,"p(rye, old)","p(the ""best"")"\n"the ""best""",0.25,0.75\n"rye, old",1,1e-12\n'
    )
