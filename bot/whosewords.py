"""Words around attached exports, folded (parsers.labels.fold), in the languages our customers write."""

from collections.abc import Mapping
from typing import Final


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


KINDS: Final[Mapping[str, frozenset[str]]] = {
    "contacts": _words(
        """contact contacts kontakt kontakte kontakten kontaktliste addressbook adressbuch adressbuches adressen adresses
        carnet contactos contacto agenda rubrica contatti contatto contacten adresboek contatos contactes kontakty kontaktow
        vcf vcard vcards phonebook telefonbuch"""
    ),
    "calendar": _words(
        """calendar calendars kalender kalenders kalendern termine terminen calendrier calendriers calendario calendarios
        calendari agenda kalendarz kalendarza ics ical appointments rendez"""
    ),
}
# What may stand between a name and the file: "the calendar of bob", "anna.ics gehört zu Anna".
LINKS: Final = _words(
    """of for from is are s belongs belong to the this old von fur fuer vom der die das den dem ist sind gehort gehoren
    gehoert gehoeren zu zum zur de d du des la le les l pour est sont appartient appartiennent a del el los las para es son
    pertenece pertenecen al di e il i van voor zijn do da o os account mailbox postfach konto boite buzon frau herr herrn mrs
    mr ms mme file datei fichier fichero archivo ist here hier goes kommt in into ins"""
)
MINE: Final = _words(
    """my mine mein meine meinen meiner meines meinem mon ma mes mi mis mio mia miei mie mijn moj moje meu meus minha"""
)
NEGATIONS: Final = _words(
    "not no none never nicht kein keine keinen nie ne pas aucun nunca non niet geen nie nao"
)
# Somebody else's, and not by name: whose, is for the requester to say.
PERSONS: Final = _words(
    """wife wifes husband husbands son sons daughter boss colleague colleagues secretary assistant partner mother father
    brother sister frau mann sohn sohnes tochter chef chefin chefs kollege kollegin kollegen sekretarin assistentin mutter
    vater bruder schwester femme mari fils fille patron collegue secretaire mere pere mujer esposa marido hijo hija jefe
    companero companera secretaria madre padre moglie marito figlio figlia capo collega vrouw zoon dochter baas maz syn
    corka his their hers seine seinen seiner leur leurs"""
)
# Local parts that are words of everyday language too: beside a file only the whole address names such an account.
ROLES: Final = _words(
    """info mail email post office kontakt contact hello hallo team support admin service buero buro sekretariat all alle us
    me old new test home work all privat private zentrale firma company family familie"""
)
# Words that every export may be called by, and that tell nobody's name.
GENERIC: Final = frozenset(
    {
        *KINDS["contacts"],
        *KINDS["calendar"],
        *MINE,
        *_words(
            """export exports exported exportiert exportieren exporte backup sicherung kopie copy copie copia all alle alles tous
        toutes todos todas tutti full komplett complete vollstandig old alt alte alten alter neu neue new ancien anciens
        ancienne viejo antiguo vecchio oud oude google gmail outlook icloud apple thunderbird exchange office365 office
        microsoft yahoo gmx web webde android iphone ios mac samsung mozilla sogo owncloud nextcloud evolution kerio zimbra
        roundcube lotus notes ionos strato telekom takeout the der die das den dem und and of from von vom for fur fuer
        pour para de del du des la le les l d s di da i y et e a an am in zu zum zur mit with mein privat private
        privates privaten prive personal persoenlich personlich work business geschaftlich main default standard
        file files datei dateien fichier fichero archivo attachment anhang list liste lista data daten donnees datos
        attachment mailbox postfach konto account email mail address adress adresse utf final v1 v2 v3
        january february march april may june july august september october november december januar februar marz mai juni
        juli oktober dezember 2nd 1st sie ihnen ihr ihre ihren ihrem mich mir uns you me us untitled unbenannt basic events event tasks aufgaben geburtstage birthdays"""
        ),
    }
)
