// The units that dashboards name, by what they measure, with the names that people know. `units.ts` writes values in each.

export interface Unit {
  readonly id: string;
  readonly name: string;
  readonly group: string;
}

/** `id name` a line, under what they measure. */
const TABLE: Readonly<Record<string, string>> = {
  Plain: `none Number
string String
short Short: thousand, million
sishort Short: k, M
percent Percent, 0 to 100
percentunit Percent, 0.0 to 1.0
humidity Humidity
dB Decibel
candela Candela
hex0x Hexadecimal with 0x
hex Hexadecimal
sci Scientific
locale With separators
pixel Pixels`,
  Data: `bytes bytes, by 1024
decbytes bytes, by 1000
bits bits, by 1024
decbits bits, by 1000
kbytes kibibytes
deckbytes kilobytes
mbytes mebibytes
decmbytes megabytes
gbytes gibibytes
decgbytes gigabytes
tbytes tebibytes
dectbytes terabytes
pbytes pebibytes
decpbytes petabytes`,
  "Data rate": `Bps bytes a second, by 1000
binBps bytes a second, by 1024
bps bits a second, by 1000
binbps bits a second, by 1024
pps packets a second
KiBs kibibytes a second
Kibits kibibits a second
KBs kilobytes a second
Kbits kilobits a second
MiBs mebibytes a second
Mibits mebibits a second
MBs megabytes a second
Mbits megabits a second
GiBs gibibytes a second
Gibits gibibits a second
GBs gigabytes a second
Gbits gigabits a second
TiBs tebibytes a second
Tibits tebibits a second
TBs terabytes a second
Tbits terabits a second
PiBs pebibytes a second
Pibits pebibits a second
PBs petabytes a second
Pbits petabits a second`,
  Time: `s seconds
ms milliseconds
µs microseconds
ns nanoseconds
m minutes
h hours
d days
hertz Hertz
dtdurations Spelled out, of seconds
dtdurationms Spelled out, of milliseconds
dthms hh:mm:ss
dtdhms d hh:mm:ss
timeticks Time ticks, s/100
clocks Clock, of seconds
clockms Clock, of milliseconds`,
  "Date and time": `dateTimeAsIso Date and time, ISO
dateTimeAsIsoNoDateIfToday Date and time, ISO, no date if today
dateTimeAsUS Date and time, US
dateTimeAsUSNoDateIfToday Date and time, US, no date if today
dateTimeAsLocal Date and time, local
dateTimeAsLocalNoDateIfToday Date and time, local, no date if today
dateTimeAsSystem Date and time
dateTimeFromNow From now`,
  Throughput: `cps counts a second
ops operations a second
reqps requests a second
rps reads a second
wps writes a second
iops I/O operations a second
eps events a second
mps messages a second
recps records a second
rowsps rows a second
cpm counts a minute
opm operations a minute
reqpm requests a minute
rpm reads a minute
wpm writes a minute
epm events a minute
mpm messages a minute
recpm records a minute
rowspm rows a minute`,
  Boolean: `bool True or false
bool_yes_no Yes or no
bool_on_off On or off`,
  Currency: `currencyUSD Dollars ($)
currencyGBP Pounds (£)
currencyEUR Euro (€)
currencyJPY Yen (¥)
currencyRUB Rubles (₽)
currencyUAH Hryvnias (₴)
currencyBRL Real (R$)
currencyDKK Danish krone (kr)
currencyISK Icelandic króna (kr)
currencyNOK Norwegian krone (kr)
currencySEK Swedish krona (kr)
currencyCZK Czech koruna (czk)
currencyCHF Swiss franc (CHF)
currencyPLN Polish złoty (PLN)
currencyBTC Bitcoin (฿)
currencymBTC Milli bitcoin
currencyμBTC Micro bitcoin
currencyZAR South African rand (R)
currencyINR Indian rupee (₹)
currencyKRW South Korean won (₩)
currencyIDR Indonesian rupiah (Rp)
currencyPHP Philippine peso (PHP)
currencyVND Vietnamese đồng (VND)
currencyTRY Turkish lira (₺)
currencyMYR Malaysian ringgit (RM)
currencyXPF CFP franc (XPF)
currencyBGN Bulgarian lev (BGN)
currencyPYG Guaraní (₲)
currencyUYU Uruguayan peso (UYU)
currencyILS Israeli shekel (₪)
currencyCNY Renminbi (¥)`,
  Energy: `watt Watt
kwatt Kilowatt
megwatt Megawatt
gwatt Gigawatt
mwatt Milliwatt
Wm2 Watt a square metre
voltamp Volt-ampere
kvoltamp Kilovolt-ampere
voltampreact Volt-ampere reactive
kvoltampreact Kilovolt-ampere reactive
watth Watt-hour
watthperkg Watt-hour a kilogram
kwatth Kilowatt-hour
kwattm Kilowatt-minute
joule Joule
ev Electron volt
amp Ampere
kamp Kiloampere
mamp Milliampere
amphour Ampere-hour
kamphour Kiloampere-hour
mamphour Milliampere-hour
volt Volt
kvolt Kilovolt
mvolt Millivolt
dBm Decibel-milliwatt
mohm Milliohm
ohm Ohm
kohm Kiloohm
Mohm Megaohm
farad Farad
µfarad Microfarad
nfarad Nanofarad
pfarad Picofarad
ffarad Femtofarad
henry Henry
mhenry Millihenry
µhenry Microhenry
lumens Lumens`,
  Computation: `flops FLOP/s
mflops MFLOP/s
gflops GFLOP/s
tflops TFLOP/s
pflops PFLOP/s
eflops EFLOP/s
zflops ZFLOP/s
yflops YFLOP/s`,
  "Hash rate": `Hs hashes a second
KHs kilohashes a second
MHs megahashes a second
GHs gigahashes a second
THs terahashes a second
PHs petahashes a second
EHs exahashes a second`,
  Temperature: `celsius Celsius
fahrenheit Fahrenheit
kelvin Kelvin`,
  Length: `lengthmm millimetre
lengthin inch
lengthft feet
lengthm metre
lengthkm kilometre
lengthmi mile`,
  Area: `areaM2 square metre
areaF2 square feet
areaMI2 square mile
acres acre
ha hectare`,
  Volume: `mlitre millilitre
litre litre
m3 cubic metre
Nm3 normal cubic metre
dm3 cubic decimetre
gallons gallons`,
  Mass: `massmg milligram
massg gram
masslb pound
masskg kilogram
masst metric ton`,
  Velocity: `velocityms metres a second
velocitykmh kilometres an hour
velocitymph miles an hour
velocityknot knots`,
  Acceleration: `accMS2 metres a second squared
accFS2 feet a second squared
accG G unit`,
  Angle: `degree degrees
radian radians
grad gradian
arcmin arc minutes
arcsec arc seconds`,
  "Rotational speed": `rotrpm revolutions a minute
rothz revolutions a second
rotrads radians a second
rotdegs degrees a second`,
  Force: `forceNm Newton-metres
forcekNm Kilonewton-metres
forceN Newtons
forcekN Kilonewtons`,
  Pressure: `pressurembar Millibars
pressurebar Bars
pressurekbar Kilobars
pressurepa Pascals
pressurehpa Hectopascals
pressurekpa Kilopascals
pressurehg Inches of mercury
pressurepsi PSI`,
  Flow: `flowgpm gallons a minute
flowcms cubic metres a second
flowcfs cubic feet a second
flowcfm cubic feet a minute
litreh litres an hour
flowlpm litres a minute
flowmlpm millilitres a minute
lux lux`,
  Concentration: `ppm parts a million
conppb parts a billion
conngm3 nanogram a cubic metre
conngNm3 nanogram a normal cubic metre
conμgm3 microgram a cubic metre
conμgNm3 microgram a normal cubic metre
conmgm3 milligram a cubic metre
conmgNm3 milligram a normal cubic metre
congm3 gram a cubic metre
congNm3 gram a normal cubic metre
conmgdL milligrams a decilitre
conmmolL millimoles a litre`,
  Radiation: `radbq Becquerel
radci curie
radgy Gray
radrad rad
radsv Sievert
radmsv milliSievert
radusv microSievert
radrem rem
radexpckg Exposure, C/kg
radr roentgen
radsvh Sievert an hour
radmsvh milliSievert an hour
radusvh microSievert an hour`,
};

export const UNITS: readonly Unit[] = Object.entries(TABLE).flatMap(([group, lines]) =>
  lines.split("\n").map((line): Unit => {
    const at = line.indexOf(" ");
    return { id: line.slice(0, at), name: line.slice(at + 1), group };
  }),
);

const BY_ID = new Map(UNITS.map((one) => [one.id, one.name]));

/** The name of a unit; one that nobody knows is its own. */
export function unitLabel(id: string): string {
  return BY_ID.get(id) ?? id.replace(/^(suffix|prefix|count|si|time|bool|currency:financial|currency):/, "");
}
