"""How large files and folders are as the zip that Lambda takes: zip_size.py ROOT NAME..."""

import sys
import tempfile
import zipfile
from pathlib import Path

root, names = Path(sys.argv[1]), sys.argv[2:]
files = []
for name in names:
    path = root / name
    if not path.exists():
        sys.exit(f"{path}: not there")
    files += [path] if path.is_file() else sorted(path.rglob("*"))
with tempfile.TemporaryFile() as file:
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as package:
        for path in files:
            if path.is_file() and "__pycache__" not in path.parts:
                package.write(path, path.relative_to(root))
    print(file.tell())
