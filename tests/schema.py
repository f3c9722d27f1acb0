"""The committed OpenAPI documents and the typed client: checked for drift, or written with --write."""

import argparse
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
FOLDER = ROOT / "docs" / "api"
CLIENT = ROOT / "frontend" / "packages" / "api"
HOSTS = {"tenant": "config.urls_tenant", "bureau": "config.urls_public"}


def build(urlconf: str) -> str:
    """The document of one host as sorted JSON text. Raises SystemExit when drf-spectacular warns."""
    import django

    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    django.setup()
    from drf_spectacular.drainage import GENERATOR_STATS
    from drf_spectacular.generators import SchemaGenerator

    GENERATOR_STATS.reset()
    document = SchemaGenerator(urlconf=urlconf).get_schema(public=True)
    if GENERATOR_STATS:
        GENERATOR_STATS.emit_summary()
        raise SystemExit("drf-spectacular has warnings: an operation is not described")
    return json.dumps(document, ensure_ascii=False, indent=1, sort_keys=True, default=str) + "\n"


def generate_types(source: Path) -> str | None:
    """TypeScript types of a document; None where the client's tool is not installed."""
    tool = CLIENT.parents[1] / "web" / "node_modules" / ".bin" / "openapi-typescript"
    if not tool.exists() or shutil.which("node") is None:
        return None
    done = subprocess.run([str(tool), str(source)], capture_output=True, text=True, check=True, cwd=CLIENT)
    return done.stdout


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--write", action="store_true")
    write = parser.parse_args().write
    FOLDER.mkdir(parents=True, exist_ok=True)
    stale = []
    for name, urlconf in HOSTS.items():
        wanted = {FOLDER / f"{name}.json": build(urlconf)}
        path = FOLDER / f"{name}.json"
        if write:
            path.write_text(wanted[path], encoding="utf-8")
        elif not path.is_file() or path.read_text(encoding="utf-8") != wanted[path]:
            stale.append(path)
            continue
        types = generate_types(path)
        client = CLIENT / "src" / "generated" / f"{name}.ts"
        if types is None:
            print(f"skipped {client.name}: npm ci has not run in frontend/web")
        elif write:
            client.parent.mkdir(parents=True, exist_ok=True)
            client.write_text(types, encoding="utf-8")
        elif not client.is_file() or client.read_text(encoding="utf-8") != types:
            stale.append(client)
    for path in stale:
        print(f"{path.relative_to(ROOT)} is not what the code says: run `make schema` and commit it")
    return 1 if stale else 0


if __name__ == "__main__":
    sys.exit(main())
