import pytest

from ikura.report.labels import label


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("learning_rate", "learning_rate"),
        ("<b>bold</b>", "&lt;b&gt;bold&lt;/b&gt;"),
        ("&lt;", "&amp;lt;"),
        ("two\nlines\x00", "two lines"),
        ("\udcff.csv", ".csv"),
        (3, "3"),
    ],
)
def test_plotly_gets_no_markup(text, shown):
    assert label(text) == shown


def test_a_long_label_is_cut_before_it_is_escaped():
    assert label("<" * 40, longest=4) == "&lt;&lt;&lt;…"
