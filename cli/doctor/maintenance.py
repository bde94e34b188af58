"""Checks of a service's maintenance: whether one is on, and whether its page could be shown."""

from functools import partial

from bluegreen.settings.service import ServiceSettings
from bluegreen.traffic.maintenance_file import MaintenanceFile
from bluegreen.traffic.maintenance_page import page_of
from cli.doctor.findings import Advice, Check
from cli.output.maintenance import maintenance_lines


def maintenance(name: str, service: ServiceSettings) -> str:
    """Users get the application."""
    if on := MaintenanceFile.of(service).read():
        raise Advice("\n".join(maintenance_lines(on)), advice=f"To end it: bluegreen maintenance off {name}")
    page = page_of(service.maintenance, None)
    return f"is off; its page has {len(page.encode())} bytes"


def checks_of(name: str, service: ServiceSettings) -> list[Check]:
    """What is to be known before anything else."""
    return [Check(name, "maintenance", partial(maintenance, name, service))]
