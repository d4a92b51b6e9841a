"""Puts hls_lib's headers into the package; everything else is said in pyproject.toml.

An installed package finds them in ``torch_fpga/_hls_lib``. A checkout, and so an editable install, has no copy and uses
``hls_lib`` at its root.
"""

import shutil
from pathlib import Path

from setuptools import setup
from setuptools.command.build_py import build_py


class BuildWithHeaders(build_py):
    """Copies the headers a kernel is compiled against; hls_lib's own tests stay out."""

    def run(self) -> None:
        super().run()
        if self.editable_mode:
            return
        for folder in ("include", "emulation"):
            shutil.copytree(
                Path("hls_lib", folder), Path(self.build_lib, "torch_fpga", "_hls_lib", folder), dirs_exist_ok=True
            )


setup(cmdclass={"build_py": BuildWithHeaders})
