from ikura.report.importance import Importance
from ikura.report.importance_bars import importance_bars


def test_each_share_is_a_bar_of_two_parts_with_its_interval():
    figure = importance_bars(
        [
            Importance("rate", None, 90, 0.8, 0.75, (0.5, 0.875), 0.5),
            Importance("<b>momentum", "only when kind is sgd", 40, 0.5, 0.25, (0.0, 0.5), 0.25),
            Importance("rare", None, 3),
        ]
    )
    alone, together, interval = figure.data
    assert (alone.name, alone.x) == ("alone", (25, 50))
    assert (together.name, together.x) == ("together with others", (0, 25))
    assert interval.x == (25, 75)
    assert (interval.error_x.arrayminus, interval.error_x.array) == ((25, 25), (25, 12.5))
    assert figure.layout.yaxis.ticktext == ("&lt;b&gt;momentum *", "rate")
    assert alone.hovertext[1].replace("\u00a0", " ") == "rate: 75 % (50 % to 88 %), 50 % alone; of 90 trials"
