"""A run in a terminal of 60 columns, stopped by Ctrl-C, gone on with, and held against one that was never stopped."""

import fcntl
import json
import os
import pty
import re
import struct
import subprocess
import termios
import time
from dataclasses import dataclass

import pytest

from .conftest import TUNE
