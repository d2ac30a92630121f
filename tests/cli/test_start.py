import subprocess
import sys

CODE = """
import sys
import ikura.cli.app

wanted = {"jax", "pandas", "scipy", "sklearn", "sqlalchemy", "plotly", "ikura.study", "ikura.train"}
print(*sorted(set(sys.modules) & wanted))
"""


def test_the_command_loads_little_before_it_knows_what_is_asked():
    done = subprocess.run([sys.executable, "-c", CODE], check=True, capture_output=True, text=True)
    assert done.stdout.split() == []
