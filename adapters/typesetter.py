"""One document, set in a process of its own: JSON on standard input, a PDF on standard output.

``adapters.pdf`` starts this file by its path, so it imports nothing of the project and is quick to start. A process can
be stopped and bounded, a thread inside a server can not; and it inherits neither secrets nor connections.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

import typst

DOCUMENTS = Path(__file__).with_name("documents")
NOWHERE = str(DOCUMENTS / "packages")
"""Templates use no packages, so none is ever looked for on the network."""


def limit(seconds: int, megabytes: int) -> None:
    try:
        import resource  # noqa: PLC0415 - not on every platform
    except ImportError:
        return
    resource.setrlimit(resource.RLIMIT_CPU, (seconds, seconds))
    resource.setrlimit(resource.RLIMIT_AS, (megabytes << 20, megabytes << 20))


def main() -> None:
    limit(int(sys.argv[1]), int(sys.argv[2]))
    order = json.load(sys.stdin.buffer)
    pdf = typst.compile(
        str(DOCUMENTS / f"{order['template']}.typ"), root=str(DOCUMENTS), format="pdf", ignore_system_fonts=True,
        font_paths=[str(DOCUMENTS / "fonts")], sys_inputs={"data": json.dumps(order["data"], ensure_ascii=False)},
        package_path=NOWHERE, package_cache_path=NOWHERE,
    )  # fmt: skip
    sys.stdout.buffer.write(pdf)


if __name__ == "__main__":
    main()
