// Values in the units that dashboards name. A unit nobody knows is written behind the number, as the field does.
import { absolute } from "../../time/range";
import { formatDate } from "../variables/dates";

export interface Formatted {
  readonly prefix: string;
  readonly text: string;
  readonly suffix: string;
}

type Formatter = (value: number, decimals: number | undefined) => Formatted;

export function formatValue(value: number, unit: string | undefined, decimals?: number): string {
  const { prefix, text, suffix } = formatParts(value, unit, decimals);
  return `${prefix}${text}${suffix}`;
}

export function formatParts(value: number, unit: string | undefined, decimals?: number): Formatted {
  if (Number.isNaN(value)) return plain("NaN");
  if (!Number.isFinite(value)) return plain(value > 0 ? "+Inf" : "-Inf");
  return formatterOf(unit ?? "")(value, decimals);
}

const plain = (text: string): Formatted => ({ prefix: "", text, suffix: "" });

/** Three digits that count, unless decimals are asked for. */
export function digits(value: number, decimals: number | undefined): string {
  if (decimals !== undefined) return value.toFixed(Math.max(0, Math.min(20, decimals)));
  const size = Math.abs(value);
  if (size === 0) return "0";
  const places = size >= 100 ? 0 : size >= 10 ? 1 : size >= 1 ? 2 : Math.min(8, 2 - Math.floor(Math.log10(size)));
  const text = value.toFixed(places);
  return text.includes(".") ? text.replace(/\.?0+$/, "") : text;
}

function scaled(base: number, steps: readonly string[], from = 0): Formatter {
  return (value, decimals) => {
    let size = value;
    let power = from;
    while (Math.abs(size) >= base * (decimals === undefined ? 0.9995 : 1) && power < steps.length - 1) {
      size /= base;
      power += 1;
    }
    while (from > 0 && power > 0 && size !== 0 && Math.abs(size) < 1) {
      size *= base;
      power -= 1;
    }
    return { prefix: "", text: digits(size, decimals), suffix: steps[power] ?? "" };
  };
}

const SI_BIG = ["", "k", "M", "G", "T", "P", "E", "Z", "Y"];
const SI_ALL = ["f", "p", "n", "µ", "m", ...SI_BIG];

/** Metric prefixes in front of a unit; `from` is where a plain value stands (5: small ones too). */
function si(unit: string, step = 0): Formatter {
  const steps = SI_BIG.map((one) => (unit === "" && one === "" ? "" : ` ${one}${unit}`));
  return scaled(1_000, steps, step);
}

/** `step` says which prefix a plain value has: -1 is milli. */
function siSmall(unit: string, step = 0): Formatter {
  return scaled(
    1_000,
    SI_ALL.map((one) => ` ${one}${unit}`),
    5 + step,
  );
}

function binary(unit: string, step = 0): Formatter {
  const steps = ["", "Ki", "Mi", "Gi", "Ti", "Pi", "Ei", "Zi", "Yi"].map((one) => ` ${one}${unit}`);
  return scaled(1_024, steps, step);
}

function suffix(unit: string): Formatter {
  return (value, decimals) => ({ prefix: "", text: digits(value, decimals), suffix: unit === "" ? "" : ` ${unit}` });
}

const short: Formatter = scaled(1_000, ["", " K", " Mil", " Bil", " Tri", " Quadr", " Quint", " Sext", " Sept"]);

/** `12 req/s`, `1.2K req/s`. */
function counted(unit: string): Formatter {
  return (value, decimals) => {
    const made = scaled(1_000, ["", "K", "M", "B", "T"])(value, decimals);
    return { ...made, suffix: `${made.suffix} ${unit}` };
  };
}

function currency(symbol: string): Formatter {
  const big = scaled(1_000, ["", "K", "M", "B", "T"]);
  return (value, decimals) => {
    const made = big(value, decimals);
    return { ...made, prefix: symbol };
  };
}

const TIME_STEPS: readonly [number, string][] = [
  [1e-9, " ns"],
  [1e-6, " µs"],
  [1e-3, " ms"],
  [1, " s"],
  [60, " mins"],
  [3_600, " hours"],
  [86_400, " days"],
  [604_800, " weeks"],
  [31_536_000, " years"],
];

/** A length of time whose plain value counts `unit` seconds. */
function time(unit: number): Formatter {
  return (value, decimals) => {
    const seconds = value * unit;
    const size = Math.abs(seconds);
    if (size === 0) {
      const own = TIME_STEPS.find(([one]) => one === unit) ?? TIME_STEPS[3];
      return { prefix: "", text: digits(0, decimals), suffix: own?.[1] ?? " s" };
    }
    let found = TIME_STEPS[0];
    for (const one of TIME_STEPS) if (size >= one[0] * 0.9995) found = one;
    const [step, name] = found ?? [1, " s"];
    const text = digits(seconds / step, decimals);
    return { prefix: "", text, suffix: text === "1" && step >= 60 ? name.replace(/s$/, "") : name };
  };
}

/** `1 h 5 m 3 s`, the two largest parts. */
function spelled(unit: number): Formatter {
  return (value) => {
    let left = Math.abs(Math.round(value * unit));
    if (left === 0) return plain(value === 0 ? "0 s" : `${digits(value * unit * 1_000, undefined)} ms`);
    const parts: string[] = [];
    for (const [step, name] of [
      [31_536_000, "y"],
      [86_400, "d"],
      [3_600, "h"],
      [60, "m"],
      [1, "s"],
    ] as const) {
      const many = Math.floor(left / step);
      if (many > 0) parts.push(`${many} ${name}`);
      left -= many * step;
    }
    return plain(`${value < 0 ? "-" : ""}${parts.slice(0, 2).join(" ")}`);
  };
}

/** `hh:mm:ss`, hours beyond a day as they are. */
function clock(unit: number): Formatter {
  return (value) => {
    const all = Math.floor(Math.abs(value * unit));
    const two = (part: number) => String(part).padStart(2, "0");
    return plain(
      `${value < 0 ? "-" : ""}${two(Math.floor(all / 3_600))}:${two(Math.floor((all % 3_600) / 60))}:${two(all % 60)}`,
    );
  };
}

/** `2 d 03:04:05`, of seconds. */
function spelledClock(value: number): Formatted {
  const days = Math.floor(Math.abs(value) / 86_400);
  const { text } = clock(1)(Math.abs(value) % 86_400, undefined);
  return plain(`${value < 0 ? "-" : ""}${days > 0 ? `${days} d ` : ""}${text}`);
}

/** `brief`: of today, only the time. */
function dateTime(part: "iso" | "us" | "local", brief = false): Formatter {
  return (value) => {
    const at = new Date(value);
    if (Number.isNaN(at.getTime())) return plain(String(value));
    if (brief && at.toDateString() === new Date().toDateString()) {
      return plain(
        part === "iso" ? absolute(value).slice(11) : at.toLocaleTimeString(part === "us" ? "en-US" : undefined),
      );
    }
    return plain(part === "iso" ? absolute(value) : at.toLocaleString(part === "us" ? "en-US" : undefined));
  };
}

const fromNow: Formatter = (value) => {
  const behind = Date.now() - value;
  const made = time(0.001)(Math.abs(behind), 0);
  return plain(behind >= 0 ? `${made.text}${made.suffix} ago` : `in ${made.text}${made.suffix}`);
};

const percent: Formatter = (value, decimals) => ({ prefix: "", text: digits(value, decimals), suffix: "%" });
const percentUnit: Formatter = (value, decimals) => percent(value * 100, decimals === undefined ? undefined : decimals);

const CURRENCIES: Readonly<Record<string, string>> = {
  currencyUSD: "$",
  currencyGBP: "£",
  currencyEUR: "€",
  currencyJPY: "¥",
  currencyRUB: "₽",
  currencyUAH: "₴",
  currencyBRL: "R$",
  currencyDKK: "kr ",
  currencyISK: "kr ",
  currencyNOK: "kr ",
  currencySEK: "kr ",
  currencyCZK: "czk ",
  currencyCHF: "CHF ",
  currencyPLN: "PLN ",
  currencyBTC: "฿",
  currencyZAR: "R ",
  currencyINR: "₹",
  currencyKRW: "₩",
  currencyCNY: "¥",
  currencymBTC: "mBTC ",
  currencyμBTC: "μBTC ",
  currencyIDR: "Rp ",
  currencyPHP: "PHP ",
  currencyVND: "VND ",
  currencyTRY: "₺",
  currencyMYR: "RM ",
  currencyXPF: "XPF ",
  currencyBGN: "BGN ",
  currencyPYG: "₲",
  currencyUYU: "UYU ",
  currencyILS: "₪",
};

/** Units that are only a word behind the number. */
const WORDS: Readonly<Record<string, string>> = {
  lengthft: "ft",
  lengthmi: "mi",
  lengthin: "in",
  lengthmm: "mm",
  celsius: "°C",
  fahrenheit: "°F",
  farenheit: "°F",
  kelvin: "K",
  degree: "°",
  radian: "rad",
  grad: "grad",
  arcmin: "arcmin",
  arcsec: "arcsec",
  humidity: "%H",
  dB: "dB",
  candela: "cd",
  ppm: "ppm",
  conppm: "ppm",
  conppb: "ppb",
  conngm3: "ng/m³",
  conngNm3: "ng/Nm³",
  conμgm3: "μg/m³",
  conμgNm3: "μg/Nm³",
  conmgm3: "mg/m³",
  conmgNm3: "mg/Nm³",
  congm3: "g/m³",
  congNm3: "g/Nm³",
  conmgdL: "mg/dL",
  conmmolL: "mmol/L",
  pressurebar: "bar",
  pressurekbar: "kbar",
  pressurehpa: "hPa",
  pressurekpa: "kPa",
  pressurehg: '"Hg',
  pressurepsi: "psi",
  velocityms: "m/s",
  velocitykmh: "km/h",
  velocitymph: "mph",
  velocityknot: "kn",
  rotrpm: "rpm",
  rotrads: "rad/s",
  rotdegs: "°/s",
  accMS2: "m/s²",
  accFS2: "f/s²",
  accG: "g",
  areaM2: "m²",
  areaF2: "ft²",
  areaMI2: "mi²",
  acres: "ac",
  ha: "ha",
  Wm2: "W/m²",
  voltamp: "VA",
  kvoltamp: "kVA",
  voltampreact: "VAr",
  kvoltampreact: "kVAr",
  watthperkg: "Wh/kg",
  amphour: "Ah",
  kamphour: "kAh",
  mamphour: "mAh",
  mohm: "mΩ",
  dBm: "dBm",
  flowgpm: "gpm",
  flowcms: "cms",
  flowcfs: "cfs",
  flowcfm: "cfm",
  litreh: "L/h",
  flowlpm: "L/min",
  flowmlpm: "mL/min",
  lux: "lux",
  masslb: "lb",
  Nm3: "Nm³",
  dm3: "dm³",
  gallons: "gal",
  radrem: "rem",
  radexpckg: "C/kg",
  radrad: "rad",
};

const TABLE: Readonly<Record<string, Formatter>> = {
  "": suffix(""),
  none: suffix(""),
  string: suffix(""),
  short,
  sishort: scaled(1_000, ["", " k", " M", " G", " T", " P", " E"]),
  percent,
  percentunit: percentUnit,
  sci: (value, decimals) => plain(value.toExponential(decimals)),
  hex: (value) => plain(Math.round(value).toString(16).toUpperCase()),
  hex0x: (value) => plain(`0x${Math.round(value).toString(16).toUpperCase()}`),
  locale: (value, decimals) =>
    plain(value.toLocaleString("en-US", decimals === undefined ? {} : { maximumFractionDigits: decimals })),
  pixel: suffix("px"),
  bool: (value) => plain(value === 0 ? "False" : "True"),
  bool_yes_no: (value) => plain(value === 0 ? "No" : "Yes"),
  bool_on_off: (value) => plain(value === 0 ? "Off" : "On"),
  bytes: binary("B"),
  decbytes: si("B"),
  bits: binary("b"),
  decbits: si("b"),
  kbytes: binary("B", 1),
  mbytes: binary("B", 2),
  gbytes: binary("B", 3),
  tbytes: binary("B", 4),
  pbytes: binary("B", 5),
  deckbytes: si("B", 1),
  decmbytes: si("B", 2),
  decgbytes: si("B", 3),
  dectbytes: si("B", 4),
  Bps: si("B/s"),
  binBps: binary("B/s"),
  bps: si("b/s"),
  binbps: binary("b/s"),
  KBs: si("B/s", 1),
  Kbits: si("b/s", 1),
  KiBs: binary("B/s", 1),
  MBs: si("B/s", 2),
  Mbits: si("b/s", 2),
  MiBs: binary("B/s", 2),
  GBs: si("B/s", 3),
  Gbits: si("b/s", 3),
  pps: si("p/s"),
  pkts: counted("p/s"),
  ns: time(1e-9),
  µs: time(1e-6),
  us: time(1e-6),
  ms: time(1e-3),
  s: time(1),
  m: time(60),
  h: time(3_600),
  d: time(86_400),
  dtdurationms: spelled(0.001),
  dtdurations: spelled(1),
  dthms: clock(1),
  dthmsms: clock(0.001),
  clockms: clock(0.001),
  clocks: clock(1),
  timeticks: spelled(0.01),
  dateTimeAsIso: dateTime("iso"),
  dateTimeAsIsoNoDateIfToday: dateTime("iso", true),
  dateTimeAsUS: dateTime("us"),
  dateTimeAsUSNoDateIfToday: dateTime("us", true),
  dateTimeAsLocal: dateTime("local"),
  dateTimeAsLocalNoDateIfToday: dateTime("local", true),
  dateTimeAsSystem: dateTime("iso"),
  dateTimeFromNow: fromNow,
  hertz: siSmall("Hz"),
  rothz: siSmall("Hz"),
  cps: counted("c/s"),
  ops: counted("ops/s"),
  reqps: counted("req/s"),
  rps: counted("rd/s"),
  wps: counted("wr/s"),
  iops: counted("io/s"),
  eps: counted("evt/s"),
  mps: counted("msg/s"),
  recps: counted("rec/s"),
  rowsps: counted("rows/s"),
  opm: counted("ops/m"),
  cpm: counted("c/m"),
  rpm: counted("rd/m"),
  wpm: counted("wr/m"),
  reqpm: counted("req/m"),
  watt: siSmall("W"),
  kwatt: si("W", 1),
  watth: siSmall("Wh"),
  kwatth: si("Wh", 1),
  joule: siSmall("J"),
  ev: siSmall("eV"),
  amp: siSmall("A"),
  mamp: siSmall("A", -1),
  volt: siSmall("V"),
  kvolt: si("V", 1),
  mvolt: siSmall("V", -1),
  ohm: siSmall("Ω"),
  farad: siSmall("F"),
  henry: siSmall("H"),
  lumens: siSmall("Lm"),
  Hs: siSmall("H/s"),
  FLOPS: si("FLOPS"),
  flops: si("FLOPS"),
  massg: siSmall("g"),
  masskg: si("g", 1),
  lengthm: siSmall("m"),
  lengthkm: si("m", 1),
  litre: siSmall("L"),
  mlitre: siSmall("L", -1),
  m3: suffix("m³"),
  pressurembar: siSmall("bar", -1),
  pressurepa: siSmall("Pa"),
  decpbytes: si("B", 5),
  Kibits: binary("b/s", 1),
  Mibits: binary("b/s", 2),
  GiBs: binary("B/s", 3),
  Gibits: binary("b/s", 3),
  TBs: si("B/s", 4),
  Tbits: si("b/s", 4),
  TiBs: binary("B/s", 4),
  Tibits: binary("b/s", 4),
  PBs: si("B/s", 5),
  Pbits: si("b/s", 5),
  PiBs: binary("B/s", 5),
  Pibits: binary("b/s", 5),
  epm: counted("evts/m"),
  mpm: counted("msgs/m"),
  recpm: counted("rec/m"),
  rowspm: counted("rows/m"),
  dtdhms: spelledClock,
  megwatt: si("W", 2),
  gwatt: si("W", 3),
  mwatt: siSmall("W", -1),
  kwattm: si("W-Min", 1),
  kamp: si("A", 1),
  kohm: si("Ω", 1),
  Mohm: si("Ω", 2),
  µfarad: siSmall("F", -2),
  nfarad: siSmall("F", -3),
  pfarad: siSmall("F", -4),
  ffarad: siSmall("F", -5),
  mhenry: siSmall("H", -1),
  µhenry: siSmall("H", -2),
  mflops: si("FLOPS", 2),
  gflops: si("FLOPS", 3),
  tflops: si("FLOPS", 4),
  pflops: si("FLOPS", 5),
  eflops: si("FLOPS", 6),
  zflops: si("FLOPS", 7),
  yflops: si("FLOPS", 8),
  KHs: si("H/s", 1),
  MHs: si("H/s", 2),
  GHs: si("H/s", 3),
  THs: si("H/s", 4),
  PHs: si("H/s", 5),
  EHs: si("H/s", 6),
  massmg: siSmall("g", -1),
  masst: si("t"),
  forceNm: si("Nm"),
  forcekNm: si("Nm", 1),
  forceN: si("N"),
  forcekN: si("N", 1),
  radbq: si("Bq"),
  radci: si("Ci"),
  radgy: si("Gy"),
  radsv: siSmall("Sv"),
  radmsv: siSmall("Sv", -1),
  radusv: siSmall("Sv", -2),
  radr: si("R"),
  radsvh: siSmall("Sv/h"),
  radmsvh: siSmall("Sv/h", -1),
  radusvh: siSmall("Sv/h", -2),
};

const DYNAMIC: readonly [string, (rest: string) => Formatter][] = [
  ["suffix:", (rest) => suffix(rest)],
  ["prefix:", (rest) => (value, decimals) => ({ prefix: rest, text: digits(value, decimals), suffix: "" })],
  ["time:", (rest) => (value) => plain(formatDate(value, rest))],
  ["si:", (rest) => siSmall(rest.replace(/^[fpnµumkMGTPE](?=.)/, ""))],
  ["count:", (rest) => counted(rest)],
  ["currency:financial:", (rest) => currency(rest.replace(/:.*$/, ""))],
  ["currency:", (rest) => currency(rest)],
  [
    "bool:",
    (rest) => (value) => {
      const [yes = "True", no = "False"] = rest.split("/");
      return plain(value === 0 ? no : yes);
    },
  ],
];

/** Whether a unit has a form of its own, by name. */
export function isKnownUnit(unit: string): boolean {
  return Object.hasOwn(TABLE, unit) || Object.hasOwn(CURRENCIES, unit) || Object.hasOwn(WORDS, unit);
}

const made = new Map<string, Formatter>();

export function formatterOf(unit: string): Formatter {
  const known = made.get(unit);
  if (known !== undefined) return known;
  const found = makeFormatter(unit);
  made.set(unit, found);
  return found;
}

function makeFormatter(unit: string): Formatter {
  if (Object.hasOwn(TABLE, unit)) return TABLE[unit] ?? suffix(unit);
  if (Object.hasOwn(CURRENCIES, unit)) return currency(CURRENCIES[unit] ?? "");
  if (Object.hasOwn(WORDS, unit)) return suffix(WORDS[unit] ?? unit);
  const dynamic = DYNAMIC.find(([prefix]) => unit.startsWith(prefix));
  if (dynamic !== undefined) return dynamic[1](unit.slice(dynamic[0].length));
  return suffix(unit);
}
