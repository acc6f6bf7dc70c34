"""Columns that tell who a person is are known by their names, in many spellings."""

from __future__ import annotations

import re

import pytest

from sojourn.screening.identifying_columns import named, of_birth
from sojourn.study.identifying_facts import CONTENTS


@pytest.mark.parametrize(
    "column",
    [
        "name", "Name", "first_name", "FirstName", "LAST NAME", "inmate-name", "full.name",
        "Nachname", "vorname", "prénom", "apellidos", "Etternavn", "achternaam", "cognome",
        "фамилия", "姓名", "ssn", "SSN", "inmate_ssn", "social_security_no", "passport",
        "Passport Number", "passportNo", "pasaporte", "reisepass", "fødselsnummer", "Personnummer",
        "BSN", "a_number", "A-Number", "alien_number", "CURP", "national_id", "driver_license",
        "fbi_number", "booking_number", "address", "home_address", "Anschrift", "dirección",
        "straße", "postcode", "zip", "email", "e-mail", "EMail_Address", "correo_electronico",
        "phone", "mobile_phone", "Telefonnummer", "teléfono", "phone1", "dob", "date_of_birth",
        "DateOfBirth", "birthdate", "Geburtsdatum", "fecha_de_nacimiento", "geboortedatum",
        "date_naissance", "fødselsdato", "iban", "latitude", "place_of_birth", "Geburtsort",
        "cell_number", "IMEI", "device_id", "MacAddress", "licence_plate", "username", "login",
        "bank_account", "Kontonummer", "facebook",
    ],
)  # fmt: skip
def test_names_that_tell_are_known(column):
    assert named(column)


@pytest.mark.parametrize(
    "column",
    [
        "age", "citizenship", "nationality", "sex", "offence", "sentence", "facility_name",
        "programme_name", "class", "country_of_birth", "number_of_arrests", "convictions",
        "has_children", "language", "arrests", "served", "consents", "security_level", "release",
        "case", "village_population", "handle_time", "account_balance", "cell_type",
        "status", "people", "state", "custody", "entered", "legal_status", "stay",
    ],
)  # fmt: skip
def test_names_that_tell_nothing_pass(column):
    assert named(column) is None


def test_dates_of_birth_are_known():
    assert all(map(of_birth, ["birth", "born", "date_of_birth", "geburtsdatum", "dob"]))
    assert not any(map(of_birth, ["entered", "release", "forthcoming"]))


@pytest.mark.parametrize(
    ("kind", "text", "tells"),
    [
        ("e-mail addresses", "write to a.b+c@mail.example.org", True),
        ("e-mail addresses", "paid @ 30", False),
        ("social security numbers", "no. 078-05-1120.", True),
        ("social security numbers", "2025-02-04", False),
        ("social security numbers", "1078-05-11200", False),
        ("alien registration numbers", "A012345678", True),
        ("alien registration numbers", "a-012-345-678", True),
        ("alien registration numbers", "A4", False),
        ("telephone numbers", "+47 22 34 56 78", True),
        ("telephone numbers", "(555) 555-0100", True),
        ("telephone numbers", "18 + 200", False),
    ],
)
def test_texts_that_tell_are_known(kind, text, tells):
    assert bool(re.search(CONTENTS[kind], text)) is tells
