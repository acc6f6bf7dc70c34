"""Columns that could identify a person: by their names, in several languages, and their values.

Cohorts are de-identified, so these columns are refused. The lists rather refuse too much: a column
refused by mistake can be renamed or dropped, while a name once read cannot be unread.
"""

from __future__ import annotations

import re
import unicodedata


def _words(column: str) -> list[str]:
    """The words of a name without accents, in lower case."""
    parted = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", " ", column.strip())
    plain = unicodedata.normalize("NFKD", parted.casefold().replace("ø", "o").replace("æ", "ae"))
    plain = "".join(sign for sign in plain if not unicodedata.combining(sign))
    return [word for word in re.split(r"[\W_]+", plain) if word]


def _listed(words: str) -> frozenset[str]:
    return frozenset(words.split())


_PERSON = _listed(
    "first last full given family middle second maiden legal birth display nick preferred user "
    "person persons people inmate inmates detainee prisoner patient alien defendant offender "
    "client applicant case subject mother mothers father fathers parent spouse guardian officer "
    "sur fore the of s"
)
"""Words that go with `name`, so that `first_name` is refused and `facility_name` is not."""

_KINDS: dict[str, str] = {
    "a person's name": (
        "surname forename fullname firstname lastname givenname familyname middlename maidenname "
        "nickname alias initials "
        "nombre nombres apellido apellidos nom prenom nomdefamille vorname nachname familienname "
        "geburtsname naam voornaam achternaam voornamen roepnaam navn fornavn etternavn efternavn "
        "mellomnavn namn fornamn efternamn cognome nome sobrenome apelido imie nazwisko jmeno "
        "prijmeni nev vezeteknev keresztnev nume prenume ime prezime etunimi sukunimi "
        "adsoyad isim soyisim имя фамилия отчество фио ім'я прізвище όνομα επώνυμο اسم الاسم לשם "
        "姓名 姓 名前 氏名 이름 성명"
    ),
    "a number of a document": (
        "ssn ssnumber socialsecurity socialsecuritynumber socialsecurityno sin itin tin taxid ein "
        "passport passportnumber passportno passportnr passno pasaporte numeropasaporte passeport "
        "numeropasseport reisepass passnummer paspoort paspoortnummer passaporto passaporte pass "
        "anumber ano anr alienid aliennumber alienregistrationnumber alienregistration "
        "aregistrationnumber uscisnumber "
        "dni nie nif nuip curp rfc cedula cedulaidentidad cpf rg rut run dui nit bsn "
        "burgerservicenummer sofinummer fnr fodselsnummer fødselsnummer personnummer pnr cpr "
        "cprnummer hetu henkilotunnus pesel egn cnp oib jmbg codicefiscale nir insee nino "
        "nationalinsurancenumber nhs nhsnumber aadhaar steuerid svnr ahv ahvnummer "
        "nationalid nationalidnumber idnumber idno idcard identitycard identitynumber "
        "documentnumber documentno docnumber numerodocumento numerodedocumento ausweis "
        "ausweisnummer personalausweis licence driverlicense driverlicence driverslicense "
        "driverslicence drivinglicence license licenseplate licensenumber fuhrerschein "
        "inmatenumber inmateid inmateno prisonernumber prisonerid detaineenumber detaineeid "
        "registernumber registerno regno bopnumber fbinumber fbino sidnumber statenumber "
        "bookingnumber bookingid mugshot fingerprint fingerprints dna iban accountnumber "
        "creditcard паспорт снилс инн 身份证 마이넘버"
    ),
    "an address": (
        "address addresses addr streetaddress homeaddress mailingaddress street streetname "
        "housenumber zip zipcode zip5 postcode postalcode postal plz adresse anschrift strasse "
        "hausnummer postleitzahl direccion domicilio calle codigopostal adres straat huisnummer "
        "indirizzo morada endereco cep codepostal gateadresse postnummer osoite "
        "адрес latitude longitude lat lon lng coordinates gps ip ipaddress 住所 주소"
    ),
    "an e-mail address": (
        "email emails emailaddress mail mailaddress epost epostadresse correo correoelectronico "
        "courriel adressemail mailadresse emailadresse posta sahkoposti почта"
    ),
    "a telephone number": (
        "phone phones phonenumber phoneno telephone telephonenumber tel telno telefon telefono "
        "telefone telefoon telefoonnummer telefonnummer telefonnr mobile mobilephone mobilenumber "
        "mobil mobilnummer mobiel cellphone cellular handy handynummer celular movil portable "
        "puhelin fax телефон"
    ),
    "a place of one person": (
        "placeofbirth birthplace birthtown birthcity hometown village geohash what3words "
        "cellnumber cellno bednumber bedno bunk geburtsort lugarnacimiento lugardenacimiento "
        "lieunaissance lieudenaissance geboorteplaats fodested fodselssted fodelseort "
        "luogonascita luogodinascita localnascimento aldea dorf landsby местожительства"
    ),
    "a device or a vehicle": (
        "imei imsi iccid simcard mac macaddress deviceid deviceserial serialnumber serialno "
        "hostname vin plate platenumber numberplate licenceplate kennzeichen nummernschild "
        "matricula immatriculation kenteken tagid ankletag gpstag"
    ),
    "an account": (
        "username userid login loginname handle nick accountid accountname accountno "
        "bankaccount bankaccountnumber kontonummer kontonr cuenta numerodecuenta numerocuenta "
        "rekeningnummer conto wallet walletaddress twitter instagram facebook tiktok whatsapp "
        "telegram skype snapchat linkedin commissaryaccount trustaccount"
    ),
    "a date of birth": (
        "dob dateofbirth birthdate birthday datebirth borndate bornon dateborn geburtsdatum "
        "geburtstag gebdat gebdatum fechanacimiento fechadenacimiento datenaissance "
        "datedenaissance geboortedatum fodselsdato fødselsdato fodselsdag fodelsedatum datanascita "
        "datadinascita datanascimento datadenascimento dataurodzenia syntymaaika "
        "dogumtarihi датарождения 生年月日 생년월일"
    ),
}
_LISTED = {"".join(_words(word)): kind for kind, words in _KINDS.items() for word in words.split()}
_STRONG = {
    word: kind
    for word, kind in _LISTED.items()
    if word.isascii()
    and len(word) >= 5
    and word
    not in {
        "alias", "calle", "second", "initials", "street", "postal", "license", "licence", "mobile",
        "portable", "handy", "posta", "direccion", "addresses", "adresse", "village", "plate",
        "login", "handle", "conto", "cuenta", "wallet", "aldea",
    }
} | {word: _LISTED[word] for word in ("ssn", "dob", "iban")}  # fmt: skip
"""Words that identify even as one of several, as in `inmate_ssn`."""

_BIRTH = _listed(
    "birth born dob birthdate birthday naissance nacimiento geburt geburtsdatum geburtstag "
    "geboorte geboortedatum fodsel fodselsdato fodt fodelse fodelsedatum nascita nascimento "
    "urodzenia dogum рождения"
)


def named(column: str) -> str | None:
    """The identifying content that a column's name announces; None if there is none.

    Case, accents, spaces and joining signs do not matter: `First Name`, `first_name` and
    `firstName` are the same.
    """
    words = _words(column)
    joined = "".join(words)
    if joined in _LISTED:
        return _LISTED[joined]
    if joined.rstrip("0123456789") in _LISTED:
        return _LISTED[joined.rstrip("0123456789")]
    if words and words[-1] in {"name", "names"} and set(words[:-1]) <= _PERSON:
        return "a person's name"
    for size in (4, 3, 2, 1):
        for at in range(len(words) - size + 1):
            found = _STRONG.get("".join(words[at : at + size]))
            if found:
                return found
    return None


def of_birth(column: str) -> bool:
    """Whether a column is about a birth, by its name."""
    return bool(_BIRTH & set(_words(column))) or named(column) == "a date of birth"
