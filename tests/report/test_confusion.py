import numpy as np

from ikura.report.confusion import confusion, matrix, mistakes_in_words, recalls


def test_recall_and_the_commonest_mistakes_of_a_confusion_matrix():
    found = confusion({"confusion": [[8, 2, 0], [1, 9, 0], [0, 0, 0]], "classes": ["a", "b", "c"]})
    assert found.recall == (0.8, 0.9, None)
    assert found.mistakes == (("a", "b", 2), ("b", "a", 1))
    assert mistakes_in_words(found) == "Most often confused: a taken for b (2 times) and b taken for a (once)."


def test_no_mistakes_are_said_so():
    found = confusion({"confusion": [[3, 0], [0, 4]], "classes": [0, 1]})
    assert found.classes == ("0", "1")
    assert mistakes_in_words(found) == "No test example was taken for another class."


def test_the_weakest_recall_comes_first():
    found = confusion({"confusion": [[9, 1, 0], [2, 8, 0], [0, 0, 0]], "classes": ["a", "b", "c"]})
    assert recalls(found) == [("b", "8 of 10", "80.0\u00a0%"), ("a", "9 of 10", "90.0\u00a0%"), ("c", "0 of 0", "–")]


def test_the_matrix_tells_right_from_wrong():
    figure = matrix(confusion({"confusion": [[8, 2], [0, 9]], "classes": ["<b>", "b"]}))
    heat = figure.data[0]
    assert np.sign(np.asarray(heat.z)).tolist() == [[1, -1], [0, 1]]
    assert [list(row) for row in heat.text] == [["8", "2"], ["", "9"]]
    assert figure.layout.yaxis.ticktext == ("&lt;b&gt;", "b")
    assert figure.layout.yaxis2.ticktext == ("80.0\u00a0%", "100\u00a0%")
    assert list(heat.customdata[0][1]) == ["2", "&lt;b&gt;", "b"]


def test_a_matrix_of_a_hundred_classes_is_not_annotated():
    names = [f"class {at}" for at in range(100)]
    figure = matrix(confusion({"confusion": np.eye(100, dtype=int).tolist(), "classes": names}))
    assert figure.data[0].texttemplate is None
    assert len(figure.layout.xaxis.ticktext) == 10
    assert figure.layout.height < 700
