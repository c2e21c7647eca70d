"""Pages of the devices are made of the tables that the drivers use."""

import dataclasses
import re
import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "docs" / "_ext"))

import devices

from hw_drivers.config.schema import field_rows
from hw_drivers.devices import DRIVERS


@pytest.mark.parametrize("key", DRIVERS)
def test_a_page_tells_every_field_badge_and_identity(key: str) -> None:
    driver = DRIVERS[key]
    page = devices.device_page(driver)
    assert f"**{driver.proof}**" in page
    for row in field_rows(driver.load("config")):
        assert f"| `{row.path}` |" in page
        assert row.doc.replace("|", "\\|") in page
    cells = {line.count(" | ") for line in page.splitlines() if line.startswith("| `")}
    assert cells == {3}


def test_the_overview_links_to_every_page(tmp_path: Path) -> None:
    stale = tmp_path / "device-gone.md"
    stale.write_text("# Gone\n")
    devices.write_pages(tmp_path)
    assert not stale.exists()
    overview = (tmp_path / "overview.md").read_text()
    assert {f"device-{key}.md" for key in DRIVERS} == set(re.findall(r"\((.*?)\)", overview))
    assert all((tmp_path / f"device-{key}.md").exists() for key in DRIVERS)


def test_limits_are_told_of_devices_that_exist() -> None:
    assert set(devices.LIMITS) <= set(DRIVERS)
    sentences = [sentence for rows in devices.LIMITS.values() for sentence in rows]
    assert all(sentence.endswith(".") for sentence in sentences)


def test_the_overview_says_what_no_device_has_reached() -> None:
    emulated = list(DRIVERS.values())
    seen = [dataclasses.replace(emulated[0], proof="hardware-verified"), *emulated[1:]]
    assert ("None of them" in devices.overview(emulated)) == (
        {driver.proof for driver in emulated} == {"emulated"}
    )
    assert "None of them" not in devices.overview(seen)
    assert "**hardware-verified**" in devices.overview(seen)
