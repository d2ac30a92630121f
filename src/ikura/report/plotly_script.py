"""Plotly's script without what no figure of a report uses: maps, three dimensions and WebGL are two fifths of it."""

from dataclasses import dataclass
from functools import cache

from plotly.offline import get_plotlyjs


@dataclass(frozen=True, slots=True)
class Cut:
    """What is left out: from the only place where `start` stands, up to the next `stop`."""

    start: str
    stop: str
    instead: str


_ANYTHING = "new Proxy(function(){},{get:(t,k)=>k===Symbol.toPrimitive?()=>'':a,apply:()=>a,construct:()=>a})"

# Of plotly.js 4.1.1, that of Plotly 7.1. The short names are its minifier's, so that no other version has all of them.
_CUTS = (
    # maplibre-gl, which only maps load, and the code of its worker
    Cut("function tr(e,t){this.x=e,this.y=t}function fdr(", "var Bst=W(", "var Pst={},Rst=()=>{};"),
    Cut("zst.exports='var t1=", "});var Vst=W(", "zst.exports=''"),
    # gl-vis (three dimensions) and regl (WebGL): traces that are registered, and never drawn, take names from it
    Cut("(()=>{var e={3065(n,a,o)", "});var om=W(", f"let a={_ANYTHING};dqe.exports=a"),
    Cut('(function(e,t){typeof Iee=="object"', "});var NYe=W(", "Ree.exports={}"),
)


@cache
def plotly_script() -> str:
    """Return the script; that of a version whose parts nobody has told apart comes whole."""
    script = get_plotlyjs()
    known = all(script.count(cut.start) == 1 for cut in _CUTS)
    return _without(script) if known else script


def _without(script: str) -> str:
    for cut in _CUTS:
        before, _, rest = script.partition(cut.start)
        script = before + cut.instead + rest[rest.index(cut.stop) :]
    return script
