"""Names of time zones that are none of the IANA's, as calendar programs write them. Facts only, no code.

Windows' own 139 names come with icalendar; here is what it lacks.
"""

from typing import Final

# Windows names that newer lists lack, and what Lotus, Palm, GroupWise and Exchange call zones.
OTHER_NAMES: Final = {
    "abu dhabi": "Asia/Dubai",
    "alaskan": "America/Anchorage",
    "arizona": "America/Phoenix",
    "armenian standard time": "Asia/Yerevan",
    "atlantic time": "America/Halifax",
    "atlantic time (canada)": "America/Halifax",
    "austria": "Europe/Vienna",
    "baja california": "America/Tijuana",
    "bst": "Europe/London",
    "cdt": "America/Chicago",
    "central": "America/Chicago",
    "central america": "America/Guatemala",
    "central european time": "Europe/Paris",
    "central time": "America/Chicago",
    "central time (us & canada)": "America/Chicago",
    "cest": "Europe/Paris",
    "chennai": "Asia/Kolkata",
    "coordinated universal time": "Etc/UTC",
    "coordinated universal time-02": "Etc/GMT+2",
    "coordinated universal time-08": "Etc/GMT+8",
    "coordinated universal time-09": "Etc/GMT+9",
    "coordinated universal time-11": "Etc/GMT+11",
    "coordinated universal time+12": "Etc/GMT-12",
    "coordinated universal time+13": "Etc/GMT-13",
    "cst": "America/Chicago",
    "eastern": "America/New_York",
    "eastern time": "America/New_York",
    "eastern time (us & canada)": "America/New_York",
    "edt": "America/New_York",
    "eest": "Europe/Helsinki",
    "england": "Europe/London",
    "france": "Europe/Paris",
    "germany": "Europe/Berlin",
    "greenland": "America/Nuuk",
    "gmt daylight time": "Europe/London",
    "greenwich mean time": "Europe/London",
    "gtb": "Europe/Bucharest",
    "hawaii": "Pacific/Honolulu",
    "indiana (east)": "America/Indiana/Indianapolis",
    "international date line west": "Etc/GMT+12",
    "ist": "Asia/Kolkata",
    "italy": "Europe/Rome",
    "japan": "Asia/Tokyo",
    "jst": "Asia/Tokyo",
    "kamchatka standard time": "Asia/Kamchatka",
    "mdt": "America/Denver",
    "mesz": "Europe/Berlin",
    "mexico standard time": "America/Mexico_City",
    "mexico standard time 2": "America/Mazatlan",
    "mez": "Europe/Berlin",
    "mid-atlantic": "Atlantic/South_Georgia",
    "mid-atlantic standard time": "Atlantic/South_Georgia",
    "midway island": "Pacific/Midway",
    "mitteleuropäische zeit": "Europe/Berlin",
    "mountain": "America/Denver",
    "mountain time": "America/Denver",
    "mountain time (us & canada)": "America/Denver",
    "msk": "Europe/Moscow",
    "netherlands": "Europe/Amsterdam",
    "old (gmt+01:00) bern, rom": "Europe/Berlin",
    "pacific": "America/Los_Angeles",
    "pacific time": "America/Los_Angeles",
    "pacific time (us & canada)": "America/Los_Angeles",
    "pdt": "America/Los_Angeles",
    "pst": "America/Los_Angeles",
    "saskatchewan": "America/Regina",
    "spain": "Europe/Madrid",
    "switzerland": "Europe/Zurich",
    "sydney": "Australia/Sydney",
    "uk": "Europe/London",
    "us eastern": "America/Indiana/Indianapolis",
    "us mountain": "America/Phoenix",
    "utc/gmt": "Etc/UTC",
    "west central africa": "Africa/Lagos",
    "west european time": "Europe/Lisbon",
    "yukon": "America/Whitehorse",
    "z": "Etc/UTC",
    "zulu": "Etc/UTC",
    "tzone://microsoft/utc": "Etc/UTC",
}

# The places in the names that Windows shows ("(UTC+01:00) Amsterdam, Berlin, Bern, Rome, Stockholm, Vienna"); the first
# one of these that a name holds decides, so of each such list the one Windows itself stands for comes first.
PLACES: Final = tuple(
    tuple(line.split("=", 1))
    for line in """\
berlin=Europe/Berlin
brussels=Europe/Paris
brüssel=Europe/Paris
bruxelles=Europe/Paris
budapest=Europe/Budapest
sarajevo=Europe/Warsaw
dublin=Europe/London
london=Europe/London
londres=Europe/London
monrovia=Atlantic/Reykjavik
helsinki=Europe/Helsinki
kyiv=Europe/Kyiv
athens=Europe/Bucharest
athen=Europe/Bucharest
athènes=Europe/Bucharest
chisinau=Europe/Chisinau
minsk=Europe/Minsk
kaliningrad=Europe/Kaliningrad
istanbul=Europe/Istanbul
moscow=Europe/Moscow
moskau=Europe/Moscow
samara=Europe/Samara
ischewsk=Europe/Samara
casablanca=Africa/Casablanca
windhoek=Africa/Windhoek
cairo=Africa/Cairo
kairo=Africa/Cairo
harare=Africa/Johannesburg
nairobi=Africa/Nairobi
tripoli=Africa/Tripoli
khartoum=Africa/Khartoum
juba=Africa/Juba
jerusalem=Asia/Jerusalem
amman=Asia/Amman
beirut=Asia/Beirut
damascus=Asia/Damascus
gaza=Asia/Hebron
baghdad=Asia/Baghdad
bagdad=Asia/Baghdad
kuwait=Asia/Riyadh
tehran=Asia/Tehran
teheran=Asia/Tehran
abu dhabi=Asia/Dubai
baku=Asia/Baku
port louis=Indian/Mauritius
tbilisi=Asia/Tbilisi
yerevan=Asia/Yerevan
kabul=Asia/Kabul
tashkent=Asia/Tashkent
taschkent=Asia/Tashkent
ekaterinburg=Asia/Yekaterinburg
jekaterinburg=Asia/Yekaterinburg
islamabad=Asia/Karachi
chennai=Asia/Kolkata
kalkutta=Asia/Kolkata
sri jayawardenepura=Asia/Colombo
kathmandu=Asia/Kathmandu
katmandu=Asia/Kathmandu
astana=Asia/Almaty
almaty=Asia/Almaty
dhaka=Asia/Dhaka
omsk=Asia/Omsk
novosibirsk=Asia/Novosibirsk
nowosibirsk=Asia/Novosibirsk
yangon=Asia/Yangon
rangoon=Asia/Yangon
bangkok=Asia/Bangkok
krasnoyarsk=Asia/Krasnoyarsk
krasnojarsk=Asia/Krasnoyarsk
hovd=Asia/Hovd
tomsk=Asia/Tomsk
barnaul=Asia/Barnaul
beijing=Asia/Shanghai
peking=Asia/Shanghai
irkutsk=Asia/Irkutsk
kuala lumpur=Asia/Singapore
singapur=Asia/Singapore
perth=Australia/Perth
taipei=Asia/Taipei
ulaanbaatar=Asia/Ulaanbaatar
pyongyang=Asia/Pyongyang
eucla=Australia/Eucla
chita=Asia/Chita
osaka=Asia/Tokyo
tokio=Asia/Tokyo
seoul=Asia/Seoul
yakutsk=Asia/Yakutsk
jakutsk=Asia/Yakutsk
adelaide=Australia/Adelaide
darwin=Australia/Darwin
brisbane=Australia/Brisbane
canberra=Australia/Sydney
guam=Pacific/Port_Moresby
hobart=Australia/Hobart
vladivostok=Asia/Vladivostok
wladiwostok=Asia/Vladivostok
lord howe=Australia/Lord_Howe
bougainville=Pacific/Bougainville
chokurdakh=Asia/Srednekolymsk
magadan=Asia/Magadan
norfolk=Pacific/Norfolk
sakhalin=Asia/Sakhalin
solomon=Pacific/Guadalcanal
salomon=Pacific/Guadalcanal
anadyr=Asia/Kamchatka
petropavlovsk=Asia/Kamchatka
auckland=Pacific/Auckland
fiji=Pacific/Fiji
fidschi=Pacific/Fiji
chatham=Pacific/Chatham
nuku'alofa=Pacific/Tongatapu
samoa=Pacific/Apia
kiritimati=Pacific/Kiritimati
azores=Atlantic/Azores
azoren=Atlantic/Azores
cabo verde=Atlantic/Cape_Verde
cape verde=Atlantic/Cape_Verde
brasilia=America/Sao_Paulo
araguaina=America/Araguaina
buenos aires=America/Argentina/Buenos_Aires
cayenne=America/Cayenne
greenland=America/Nuuk
grönland=America/Nuuk
montevideo=America/Montevideo
saint pierre=America/Miquelon
salvador=America/Bahia
punta arenas=America/Punta_Arenas
newfoundland=America/St_Johns
neufundland=America/St_Johns
asuncion=America/Asuncion
atlantic time=America/Halifax
atlantik=America/Halifax
caracas=America/Caracas
cuiaba=America/Cuiaba
georgetown=America/La_Paz
santiago=America/Santiago
bogota=America/Bogota
chetumal=America/Cancun
eastern time=America/New_York
haiti=America/Port-au-Prince
havana=America/Havana
indiana=America/Indiana/Indianapolis
turks and caicos=America/Grand_Turk
central america=America/Guatemala
mittelamerika=America/Guatemala
central time=America/Chicago
guadalajara=America/Mexico_City
mexico city=America/Mexico_City
saskatchewan=America/Regina
easter island=Pacific/Easter
arizona=America/Phoenix
chihuahua=America/Mazatlan
la paz=America/Mazatlan
mountain time=America/Denver
yukon=America/Whitehorse
baja california=America/Tijuana
pacific time=America/Los_Angeles
alaska=America/Anchorage
marquesas=Pacific/Marquesas
aleutian=America/Adak
hawaii=Pacific/Honolulu
midway=Pacific/Midway
bern=Europe/Berlin
wien=Europe/Berlin
amsterdam=Europe/Amsterdam
rom=Europe/Rome
prag=Europe/Prague
warschau=Europe/Warsaw
kopenhagen=Europe/Copenhagen
copenhague=Europe/Paris
lissabon=Europe/Lisbon
bukarest=Europe/Bucharest
brussel=Europe/Brussels
parijs=Europe/Paris
mumbai=Asia/Kolkata
new delhi=Asia/Kolkata""".splitlines()
)

# What a fixed offset is called, in minutes east of Greenwich, where Etc/GMT has none.
ODD_OFFSETS: Final = {
    -570: "Pacific/Marquesas",
    210: "Asia/Tehran",
    270: "Asia/Kabul",
    330: "Asia/Kolkata",
    345: "Asia/Kathmandu",
    390: "Asia/Yangon",
    525: "Australia/Eucla",
    570: "Australia/Darwin",
}

# Zones that stand for their rules, the best known of each rule first.
COMMON_ZONES: Final = (
    "Europe/Berlin",
    "Europe/London",
    "Europe/Helsinki",
    "America/New_York",
    "America/Chicago",
    "America/Denver",
    "America/Los_Angeles",
    "Etc/UTC",
    "Europe/Moscow",
    "Europe/Istanbul",
    "Asia/Kolkata",
    "Asia/Shanghai",
    "Asia/Tokyo",
    "Asia/Singapore",
    "Asia/Dubai",
    "Asia/Karachi",
    "Asia/Dhaka",
    "Asia/Bangkok",
    "Australia/Sydney",
    "Australia/Brisbane",
    "Australia/Adelaide",
    "Australia/Darwin",
    "Australia/Perth",
    "Pacific/Auckland",
    "America/Sao_Paulo",
    "America/Argentina/Buenos_Aires",
    "America/Bogota",
    "America/Caracas",
    "America/Phoenix",
    "America/Anchorage",
    "America/Halifax",
    "America/St_Johns",
    "America/Mexico_City",
    "America/Santiago",
    "Pacific/Honolulu",
    "Asia/Jerusalem",
    "Asia/Tehran",
    "Asia/Kabul",
    "Asia/Kathmandu",
    "Asia/Yangon",
    "Africa/Johannesburg",
    "Africa/Lagos",
    "Africa/Nairobi",
    "Africa/Cairo",
    "Atlantic/Azores",
    "Atlantic/Reykjavik",
    "Atlantic/Cape_Verde",
    "Europe/Chisinau",
    "Asia/Beirut",
    "America/Havana",
    "America/Asuncion",
    "Asia/Tashkent",
    "Asia/Yekaterinburg",
    "Asia/Novosibirsk",
    "Asia/Krasnoyarsk",
    "Asia/Irkutsk",
    "Asia/Yakutsk",
    "Asia/Vladivostok",
    "Asia/Magadan",
    "Asia/Kamchatka",
    "Pacific/Tongatapu",
    "Pacific/Kiritimati",
    "Australia/Lord_Howe",
    "Pacific/Chatham",
    "Pacific/Norfolk",
    "Pacific/Marquesas",
    "Pacific/Midway",
    "Australia/Eucla",
    "Pacific/Easter",
    "America/Miquelon",
    "America/Nuuk",
)
